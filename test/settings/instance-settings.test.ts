import { scheduleOf } from '../../shared/run/schedule';
import type { Connector } from '../../shared/contract/connector';
import {
  type InstanceSettings,
  readSettings,
  variableOf,
  variablesOf,
} from '../../shared/settings/instance-settings';
import { secret, text, url } from '../../shared/kit/define-connector';
import { SINK_SETTINGS } from '../../shared/kit/reserved-settings';
import { privateCa } from '../fakes/private-ca';
import { scriptedSource } from '../fakes/scripted-source';
import type { Environment } from '../../shared/settings/environment';

const ACME: Connector = {
  name: 'acme-edr',
  title: 'Acme EDR',
  settings: {
    url: url('The address of the console', { example: 'https://acme.example.com' }),
    apiToken: secret('An API token, from Settings > API'),
    site: text('The site', { default: 'main' }),
    note: text('Any note', { optional: true }),
  },
  sources: {
    alerts: scriptedSource([]),
    auditLog: scriptedSource([], { settings: { auditKey: secret('The key of the audit log') } }),
  },
};
const SET = { ACME_EDR_URL: 'https://eu.acme.example.com/', ACME_EDR_API_TOKEN: 'token-1' };

/** An instance of this environment; the default one unless named. */
function read(env: Environment, instance = 'default'): InstanceSettings | undefined {
  return readSettings(ACME, env).instances.find((one) => one.instance === instance);
}

const onOf = (settings: InstanceSettings | undefined): string[] =>
  (settings?.sources ?? []).filter(({ isOn }) => isOn).map(({ source }) => source);

const HALF: Connector = {
  ...ACME,
  sources: {
    ours: scriptedSource([], { settings: { organization: text('The organisation’s name.') } }),
    theirs: scriptedSource([], { settings: { enterprise: text('The enterprise’s name.') } }),
  },
};

test('an instance without a source that is on says what each of its sources needs', () => {
  const [half] = readSettings(HALF, SET).instances;
  expect(half).toMatchObject({
    state: 'wrong',
    problems: [
      'None of the sources of acme-edr is on. Set what one of them needs: for ours, ACME_EDR_ORGANIZATION is not set: ' +
        'The organisation’s name; for theirs, ACME_EDR_ENTERPRISE is not set: The enterprise’s name.',
    ],
  });
});

test('an instance with one source on reports nothing about the others', () => {
  const [half] = readSettings(HALF, { ...SET, ACME_EDR_ORGANIZATION: 'acme' }).instances;
  expect(half).toMatchObject({ state: 'on', problems: [] });
});

test('a SCHEDULE of one instance is refused, because one timer runs all of them', () => {
  const eu = { ACME_EDR__EU__URL: 'https://eu.acme.test', ACME_EDR__EU__API_TOKEN: 'eu-token-1' };
  const env = { ...SET, ...eu, ACME_EDR__EU__SCHEDULE: '0 */10 * * * *' };
  const problems = readSettings(ACME, env).instances.map(({ instance, problems: of }) => [instance, of]);
  expect(Object.fromEntries(problems)).toMatchObject({
    default: [],
    eu: [
      'ACME_EDR__EU__SCHEDULE has no effect: one timer runs all instances of a connector. Set ACME_EDR_SCHEDULE, and remove ACME_EDR__EU__SCHEDULE.',
    ],
  });
});

test('%NAME% in a SCHEDULE is the app setting of that name', () => {
  const env = { ...SET, ACME_EDR_SCHEDULE: '%EVERY%' };
  const problemsOf = (more: Record<string, string>) =>
    readSettings(ACME, { ...env, ...more }).instances.flatMap(({ problems }) => problems);
  expect(problemsOf({})).toEqual([
    'ACME_EDR_SCHEDULE names %EVERY%, an app setting that is not set. Set it.',
  ]);
  expect(problemsOf({ EVERY: 'often' })).toEqual([expect.stringContaining('it has 1 fields')]);
  expect(problemsOf({ EVERY: '0 */10 * * * *' })).toEqual([]);
  expect(scheduleOf(ACME, { ...env, EVERY: '0 */10 * * * *' })).toBe('0 */10 * * * *');
});

test('a SCHEDULE that names an app setting with an unresolved reference names that setting', () => {
  const held = { EVERY: '@Microsoft.KeyVault(SecretUri=https://hush.example/s)' };
  for (const schedule of ['%EVERY%', '0 %EVERY% * * * *']) {
    const { instances } = readSettings(ACME, { ...SET, ...held, ACME_EDR_SCHEDULE: schedule });
    expect(instances[0]?.problems).toEqual([
      expect.stringMatching(
        /^ACME_EDR_SCHEDULE names an app setting: EVERY is a Key Vault reference that was not/,
      ),
    ]);
  }
});

test('a SCHEDULE may be a TimeSpan, but not on a plan whose timers do not support one', () => {
  const problemsOn = (sku: Record<string, string>) => {
    const env = { ...SET, ACME_EDR_SCHEDULE: '00:05:00', ...sku };
    return [readSettings(ACME, env).instances.flatMap(({ problems }) => problems), scheduleOf(ACME, env)];
  };
  const own = scheduleOf(ACME, SET);
  expect(problemsOn({})).toEqual([[], '00:05:00']);
  expect(problemsOn({ WEBSITE_SKU: 'Standard' })).toEqual([[], '00:05:00']);
  for (const WEBSITE_SKU of ['Dynamic', 'FlexConsumption']) {
    const problem = expect.stringMatching(
      /^ACME_EDR_SCHEDULE is not a schedule: .* App Service plan only\. Write NCRONTAB/,
    );
    expect(problemsOn({ WEBSITE_SKU })).toEqual([[problem], own]);
  }
});

test('an invalid SCHEDULE is a problem of every instance that is set', () => {
  const eu = { ACME_EDR__EU__URL: SET.ACME_EDR_URL, ACME_EDR__EU__API_TOKEN: 'token-2' };
  const { instances } = readSettings(ACME, { ...SET, ...eu, ACME_EDR_SCHEDULE: 'every 5 minutes' });
  const problem =
    'ACME_EDR_SCHEDULE is not a schedule: it has 3 fields instead of six. Write NCRONTAB with seconds, such as 0 */10 * * * *.';
  expect(instances.map(({ instance, problems, state }) => ({ instance, problems, state }))).toEqual([
    { instance: 'default', state: 'wrong', problems: [problem] },
    { instance: 'eu', state: 'wrong', problems: [problem] },
  ]);
});

describe('an instance', () => {
  test('is off without a problem when none of its settings is set', () => {
    expect(read({ OTHER: 'x', SINK: 'logs-ingestion' })).toMatchObject({ state: 'off', problems: [] });
  });

  test.each(['', ' '])('is off when its settings are %j', (empty) => {
    expect(read({ ACME_EDR_URL: empty, ACME_EDR_API_TOKEN: empty })).toMatchObject({
      state: 'off',
      problems: [],
    });
  });

  test('is on when all required settings are set', () => {
    const settings = read(SET);
    expect(settings).toMatchObject({ connector: 'acme-edr', instance: 'default', state: 'on', problems: [] });
    expect(settings?.sources[0]?.values).toEqual({
      url: 'https://eu.acme.example.com',
      apiToken: 'token-1',
      site: 'main',
      note: '',
    });
  });

  test('is wrong when some are, and names all missing ones at once', () => {
    expect(read({ ACME_EDR_SITE: 'x' })).toMatchObject({
      state: 'wrong',
      problems: [
        'ACME_EDR_URL is not set: The address of the console.',
        'ACME_EDR_API_TOKEN is not set: An API token, from Settings > API.',
      ],
    });
  });

  test('names wrong settings beside missing ones', () => {
    const settings = read({
      ACME_EDR_URL: 'acme',
      ACME_EDR_START: 'soon',
      ACME_EDR_SOURCES: 'alerts,devices',
      ACME_EDR_ALERTS_DROP: '$.x',
    });
    expect(settings?.problems.map((problem) => problem.split(' ')[0])).toEqual([
      'ACME_EDR_URL',
      'ACME_EDR_API_TOKEN',
      'ACME_EDR_SOURCES',
      'ACME_EDR_ALERTS_DROP',
      'ACME_EDR_START',
    ]);
  });

  test('knows its addresses and its credentials by their variables, for messages', () => {
    expect(read(SET)?.variables).toEqual({
      address: ['ACME_EDR_URL'],
      credentials: ['ACME_EDR_API_TOKEN', 'ACME_EDR_AUDIT_KEY'],
    });
  });

  test('lists its secrets in the form in which they are used, to be masked', () => {
    const env = { ...SET, ACME_EDR_API_TOKEN: ' token-1\n', ACME_EDR_AUDIT_KEY: 'key-2' };
    expect(read(env)?.secrets).toEqual(['token-1', 'key-2']);
    expect(read(env)?.sources[0]?.values['apiToken']).toBe('token-1');
  });
});

describe('a value', () => {
  test.each<[string, RegExp]>([
    [
      'acme.example.com',
      /^ACME_EDR_URL has no scheme\. It must begin with https:\/\/, as in https:\/\/acme\.example\.com\.$/,
    ],
    ['acme.example.com:443', /^ACME_EDR_URL has no scheme\./],
    ['https://', /^ACME_EDR_URL is not an address\. It looks like https:\/\/acme\.example\.com\.$/],
    ['https://acme.example.com?tenant=1', /^ACME_EDR_URL must end before \?, # or a blank\./],
    ['https://acme.example.com/#api', /^ACME_EDR_URL must end before \?, # or a blank\./],
    ['http://acme.example.com', /^ACME_EDR_URL must begin with https:\/\//],
    ['http://127.0.0.1.example.com', /^ACME_EDR_URL must begin with https:\/\//],
    ['ftp://127.0.0.1', /^ACME_EDR_URL must begin with https:\/\//],
    ['https://user:hush@acme.example.com', /^ACME_EDR_URL must not hold a name or a password/],
    [
      '@Microsoft.KeyVault(VaultName=v;SecretName=s)',
      /^ACME_EDR_URL is a Key Vault reference that was not resolved/,
    ],
  ])('of an address that is %s is a problem', (value, problem) => {
    const settings = read({ ...SET, ACME_EDR_URL: value });
    expect(settings).toMatchObject({ state: 'wrong', problems: [expect.stringMatching(problem)] });
    expect(settings?.problems.join()).not.toMatch(/hush|VaultName/);
  });

  test.each([
    'http://127.0.0.1:8080',
    'http://localhost:1',
    'http://[::1]:1',
    'https://acme.example.com/api',
  ])('of an address may be %s', (value) => {
    expect(read({ ...SET, ACME_EDR_URL: value })).toMatchObject({ state: 'on' });
  });

  test('of a secret that Key Vault did not resolve is a problem', () => {
    const env = { ...SET, ACME_EDR_API_TOKEN: '@Microsoft.KeyVault(SecretUri=https://v.example/s)' };
    expect(read(env)).toMatchObject({
      state: 'wrong',
      problems: [expect.stringMatching(/^ACME_EDR_API_TOKEN is a Key Vault/)],
    });
  });
});

describe('sources', () => {
  test('are on, except those whose own settings are not set', () => {
    expect(onOf(read(SET))).toEqual(['alerts']);
    expect(onOf(read({ ...SET, ACME_EDR_AUDIT_KEY: 'key-2' }))).toEqual(['alerts', 'auditLog']);
  });

  test('have the connector’s settings and their own', () => {
    const sources = read({ ...SET, ACME_EDR_AUDIT_KEY: 'key-2' })?.sources;
    expect(sources?.[1]?.values).toMatchObject({ apiToken: 'token-1', auditKey: 'key-2' });
    expect(sources?.[0]?.values).not.toHaveProperty('auditKey');
  });

  test('are selected by SOURCES', () => {
    expect(onOf(read({ ...SET, ACME_EDR_AUDIT_KEY: 'k', ACME_EDR_SOURCES: ' auditLog , ' }))).toEqual([
      'auditLog',
    ]);
  });

  test('that SOURCES selects without their own settings are a problem', () => {
    expect(read({ ...SET, ACME_EDR_SOURCES: 'alerts,auditLog' })?.problems).toEqual([
      'ACME_EDR_AUDIT_KEY is not set: The key of the audit log.',
    ]);
  });

  test.each([
    ['devices', ''],
    ['AuditLog', ' Did you mean auditLog?'],
    ['constructor', ''],
  ])('that do not exist are a problem: %s', (name, meant) => {
    expect(read({ ...SET, ACME_EDR_SOURCES: name })?.problems).toEqual([
      `ACME_EDR_SOURCES names ${name}, which is not a source of acme-edr.${meant} Its sources: alerts, auditLog.`,
    ]);
  });

  test('with only their own settings set make the instance wrong', () => {
    expect(read({ ACME_EDR_AUDIT_KEY: 'key-2' })).toMatchObject({ state: 'wrong' });
    expect(read({ ACME_EDR_AUDIT_KEY: 'key-2' })?.problems).toHaveLength(2);
  });

  test('drop the records that DROP matches', () => {
    const drop = read({ ...SET, ACME_EDR_ALERTS_DROP: '$[?@.test == true]' })?.sources[0]?.drop;
    expect([drop?.({ test: true }), drop?.({ test: false })]).toEqual([true, false]);
    expect(read(SET)?.sources[0]).not.toHaveProperty('drop');
  });

  test('send the rows of late events to LATE_TABLE', () => {
    const late = { ACME_EDR_ALERTS_LATE_TABLE: 'AcmeAlertsLate_CL' };
    expect(read({ ...SET, ...late })?.sources[0]).toMatchObject({ lateTable: 'AcmeAlertsLate_CL' });
    expect(read(SET)?.sources[0]).not.toHaveProperty('lateTable');
  });

  test.each(['AcmeAlertsLate', '1Late_CL', 'Acme-Late_CL', `${'x'.repeat(43)}_CL`])(
    'do not accept %s as a table of late events',
    (name) => {
      const { problems, state } = read({ ...SET, ACME_EDR_ALERTS_LATE_TABLE: name }) ?? {};
      expect([state, problems]).toEqual([
        'wrong',
        [expect.stringMatching(/^ACME_EDR_ALERTS_LATE_TABLE is not the name/)],
      ]);
    },
  );
});

describe('named instances', () => {
  const EU = { ACME_EDR__EU_WEST__URL: 'https://eu.example.com', ACME_EDR__EU_WEST__API_TOKEN: 'token-eu' };

  test('are found by their variables, beside the default one', () => {
    const { instances, unknown } = readSettings(ACME, { ...EU, ACME_EDR__AB__URL: 'https://ab.example.com' });
    expect(instances.map(({ instance, state }) => [instance, state])).toEqual([
      ['default', 'off'],
      ['ab', 'wrong'],
      ['eu_west', 'on'],
    ]);
    expect(unknown).toEqual([]);
  });

  test('share nothing with the default one', () => {
    const settings = read({ ...SET, ...EU, ACME_EDR_START: '7d' }, 'eu_west');
    const now = new Date('2026-11-21T12:00:00Z');
    expect(settings?.sources[0]?.values).toMatchObject({
      url: 'https://eu.example.com',
      apiToken: 'token-eu',
    });
    expect([settings?.startFrom(now).toISOString(), settings?.secrets]).toEqual([
      '2026-11-20T12:00:00.000Z',
      ['token-eu'],
    ]);
  });

  test('use their own variables in problems and messages', () => {
    const settings = read({ ACME_EDR__EU_WEST__URL: 'https://eu.example.com' }, 'eu_west');
    expect(settings?.problems).toEqual([
      'ACME_EDR__EU_WEST__API_TOKEN is not set: An API token, from Settings > API.',
    ]);
    expect(settings?.variables.address).toEqual(['ACME_EDR__EU_WEST__URL']);
  });

  test('cannot be named default, because that is another name of the unnamed one', () => {
    const { instances, unknown } = readSettings(ACME, {
      ...SET,
      ACME_EDR__DEFAULT__URL: 'https://x.example.com',
    });
    expect(instances.map(({ instance }) => instance)).toEqual(['default']);
    expect(unknown).toEqual(['ACME_EDR__DEFAULT__URL']);
  });
});

describe('the sink of an instance', () => {
  test('is the common one, unless it has a variable of its own', () => {
    const env = {
      ...SET,
      SINK: 'logs-ingestion',
      WORKSPACE_ID: 'common',
      ACME_EDR_SINK: 'data-collector',
      ACME_EDR_WORKSPACE_KEY: 'own',
    };
    expect(read(env)?.env).toMatchObject({
      SINK: 'data-collector',
      WORKSPACE_ID: 'common',
      WORKSPACE_KEY: 'own',
    });
    expect(read(env, 'eu')).toBeUndefined();
  });

  test('is not changed by an empty variable', () => {
    expect(read({ ...SET, SINK: 'data-collector', ACME_EDR_SINK: '' })?.env['SINK']).toBe('data-collector');
  });

  test('of a named instance is its own', () => {
    const env = {
      ACME_EDR__EU__URL: 'https://eu.example.com',
      ACME_EDR__EU__API_TOKEN: 't',
      ACME_EDR__EU__DCR_IMMUTABLE_ID: 'dcr-eu',
    };
    expect(read(env, 'eu')?.env['DCR_IMMUTABLE_ID']).toBe('dcr-eu');
  });
});

test('variables that begin with the connector’s name and have no meaning are named', () => {
  const env = {
    ...SET,
    ACME_EDR_TOKN: 'x',
    ACME_EDR__EU__: 'x',
    ACME_EDR__eu__URL: 'x',
    ACME_EDRX: 'x',
    ACME_URL: 'x',
    ACME_EDR_GONE: '',
  };
  expect(readSettings(ACME, env).unknown).toEqual(['ACME_EDR_TOKN', 'ACME_EDR__EU__', 'ACME_EDR__eu__URL']);
});

test.each([
  ['one', ['acme-edr', 'acme-edr-cloud', 'acme']],
  ['none', []],
])('with %s of a longer name beside it', (_, others) => {
  const env = { ...SET, ACME_EDR_CLOUD_URL: 'x', ACME_EDR_CLOUD__EU__URL: 'x', ACME_EDR_CLOU: 'x' };
  const cloud = others.length > 0 ? [] : ['ACME_EDR_CLOUD_URL', 'ACME_EDR_CLOUD__EU__URL'];
  expect(readSettings(ACME, env, others).unknown).toEqual([...cloud, 'ACME_EDR_CLOU']);
});

describe('an unresolved Key Vault reference', () => {
  const REFERENCE = ' @Microsoft.KeyVault(VaultName=hush;SecretName=s)';
  const ofInstance = variablesOf(ACME, 'eu').filter(
    (name) => !SINK_SETTINGS.some((sink) => name === `ACME_EDR__EU__${sink}`),
  );

  test.each(ofInstance)('in %s is named', (name) => {
    const env = {
      ACME_EDR__EU__URL: 'https://eu.example.com',
      ACME_EDR__EU__API_TOKEN: 't',
      ACME_EDR__EU__AUDIT_KEY: 'k',
      [name]: REFERENCE,
    };
    const named = (read(env, 'eu')?.problems ?? []).filter((problem) => problem.includes('Key Vault'));
    expect(named).toEqual([expect.stringContaining(`${name} is a Key Vault reference`)]);
    expect(read(env, 'eu')).toMatchObject({ state: 'wrong' });
    expect(read(env, 'eu')?.problems.join()).not.toMatch(/hush|is not a time|names @/);
  });

  test('in TLS_CA is named by every instance that is set', () => {
    expect(read({ ...SET, TLS_CA: REFERENCE })?.problems).toEqual([
      expect.stringMatching(/^TLS_CA is a Key Vault reference/),
    ]);
  });
});

describe('the TLS settings for requests to the vendor', () => {
  test('cause a problem of the instance only', () => {
    const env = { ...SET, ACME_EDR__EU__URL: 'https://eu.example.com', ACME_EDR__EU__API_TOKEN: 't' };
    const wrong = { ...env, ACME_EDR__EU__CA: '/no/such/file.pem' };
    expect(read(wrong)).toMatchObject({ state: 'on' });
    expect(read(wrong, 'eu')).toMatchObject({
      state: 'wrong',
      problems: [expect.stringMatching(/^ACME_EDR__EU__CA is neither PEM text nor a file/)],
    });
  });

  test('alone do not turn an instance on', () => {
    expect(read({ ACME_EDR_CA: '/no/such/file.pem', TLS_CA: '/nor/this' })).toMatchObject({
      state: 'off',
      problems: [],
    });
  });

  test('are an instance’s own, and the key is masked', async () => {
    const { certificate, key } = await (await privateCa()).client('acme');
    const env = {
      ...SET,
      ACME_EDR__EU__URL: 'https://eu.example.com',
      ACME_EDR__EU__API_TOKEN: 't-eu',
      ACME_EDR__EU__CLIENT_CERTIFICATE: certificate,
      ACME_EDR__EU__CLIENT_KEY: key,
    };
    expect(read(env)?.tls.key).toBe('');
    expect(read(env, 'eu')?.secrets).toEqual(['t-eu', key.trim()]);
    expect(readSettings(ACME, env).unknown).toEqual([]);
  });
});

test('every variable has one form, and each is listed once', () => {
  expect([variableOf('acme-edr', 'apiToken'), variableOf('acme-edr', 'apiToken', 'eu_west')]).toEqual([
    'ACME_EDR_API_TOKEN',
    'ACME_EDR__EU_WEST__API_TOKEN',
  ]);
  const all = variablesOf(ACME);
  expect(all).toEqual(
    expect.arrayContaining([
      'ACME_EDR_URL',
      'ACME_EDR_AUDIT_KEY',
      'ACME_EDR_START',
      'ACME_EDR_AUDIT_LOG_DROP',
      'ACME_EDR_SINK',
    ]),
  );
  expect(new Set(all).size).toBe(all.length);
});
