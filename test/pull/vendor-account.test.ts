import acme from '../fixtures/connectors/acme';
import hooli from '../fixtures/connectors/hooli';
import initechAudit from '../fixtures/connectors/initech-audit';
import globex from '../fixtures/connectors/globex';
import type { Connector, PullSource, Settings } from '../../shared/contract/connector';
import type { Auth } from '../../shared/contract/auth';
import type { RestSpec } from '../../shared/contract/rest';
import { SettingError } from '../../shared/contract/errors';
import { accountOf, boundAccount, foreignState, type NamedAccount } from '../../shared/pull/vendor-account';
import { rest } from '../../shared/kit/rest/rest';
import { scriptedSource } from '../fakes/scripted-source';

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const HELP = { help: 'What it is.' } as const;
const SETTINGS: Settings = {
  url: { kind: 'url', ...HELP, default: 'https://acme.test' },
  organization: { kind: 'text', ...HELP },
  region: { kind: 'text', ...HELP, default: 'us' },
  tenant: { kind: 'text', ...HELP, optional: true },
  site: { kind: 'text', ...HELP },
  pageSize: { kind: 'text', ...HELP, default: '100', namesAccount: false },
  note: { kind: 'text', ...HELP },
  keyId: { kind: 'text', ...HELP },
  token: { kind: 'secret', ...HELP },
};
const VALUES: Readonly<Record<string, string>> = {
  ...{
    url: 'https://acme.test',
    organization: 'north',
    region: 'us',
    tenant: '',
    site: 'a',
    pageSize: '100',
  },
  ...{ note: 'a note', keyId: 'key-1', token: 'hush' },
};
const SPEC: RestSpec = {
  base: 'url',
  path: '/orgs/{organization}/log',
  method: 'POST',
  query: { region: '{region}', limit: '{pageSize}', text: '{{note}}' },
  headers: { 'x-tenant': '{tenant}' },
  body: { where: { sites: ['{site}'] } },
  auth: { kind: 'bearer', setting: 'token' },
  records: '$[*]',
  next: { kind: 'link' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
};
const DECLARED = ['url', 'organization', 'region', 'tenant', 'site'];

type Changed = { readonly source?: Partial<PullSource>; readonly connector?: Partial<Connector> };

function named(values: Record<string, string> = {}, changed: Changed = {}): NamedAccount {
  const source = { ...scriptedSource([]), pull: rest(SPEC), ...changed.source };
  const acme: Connector = {
    name: 'acme',
    title: 'Acme',
    settings: SETTINGS,
    sources: { alerts: source },
    ...changed.connector,
  };
  return accountOf(acme, source, { ...VALUES, ...values }, (name) => `ACME_${name.toUpperCase()}`);
}
const namesIn = (changed?: Changed): string[] => Object.keys(named({}, changed).hashes);

test('an account is a hash of each address and of each text of a request, but never of a secret', () => {
  const { hashes, variables } = named();
  expect(Object.keys(hashes)).toEqual(DECLARED);
  expect(variables).toEqual(Object.fromEntries(DECLARED.map((name) => [name, `ACME_${name.toUpperCase()}`])));
  expect(Object.values(hashes).every((hash) => /^[\da-f]{32}$/.test(hash))).toBe(true);
  expect(named({ token: 'another', note: 'x', keyId: 'key-2' }).hashes).toEqual(hashes);
});

test.each(DECLARED)('another %s is another account, even if it replaces a default or no value', (name) => {
  const before = named();
  const value = name === 'url' ? 'https://other.test' : 'another';
  expect(foreignState(ID, before.hashes, named({ [name]: value }))?.message).toContain(
    `ACME_${name.toUpperCase()} has changed`,
  );
});

test('a budget’s scope adds its settings to those of the requests', () => {
  const changed = { connector: { budget: { limits: [], scope: ['url', 'note', 'token'] } } };
  expect(namesIn(changed)).toEqual([...DECLARED, 'note']);
  expect(namesIn({ source: { budget: { limits: [], scope: ['token'] } }, ...changed })).toEqual(DECLARED);
});

test.each<[string, Changed]>([
  ['a pull', { source: scriptedSource([]) }],
  ['a function that lists partitions', { source: { partitions: () => Promise.resolve(['a']) } }],
])('code may read every setting, so all of them count: %s', (_, changed) => {
  expect(namesIn(changed)).toEqual([...DECLARED, 'note', 'keyId']);
});

test('the settings that a signature is made of count too', () => {
  const auth: Auth = { kind: 'signature', settings: ['keyId', 'token'], sign: () => ({}) };
  expect(namesIn({ source: { pull: rest({ ...SPEC, auth }) } })).toEqual([...DECLARED, 'keyId']);
});

test('a setting that only says how to ask the vendor does not count, wherever it is used', () => {
  const budget = { limits: [], scope: ['pageSize'] };
  expect(namesIn({ connector: { budget } })).toEqual(DECLARED);
  expect(namesIn({ source: scriptedSource([]), connector: { budget } })).not.toContain('pageSize');
});

test.each(['https://ACME.test', 'https://acme.test/', 'https://acme.test:443'])(
  'one address is the same account however it is written: %s',
  (url) => {
    expect(named({ url }).hashes).toEqual(named().hashes);
  },
);

test('a setting with namesAccount: false is not part of the account', () => {
  const namesOf = (connector: Connector): string[][] =>
    Object.values(connector.sources).map((source) =>
      Object.keys(accountOf(connector, source as PullSource, {}, (name) => name).hashes),
    );
  expect([acme, globex, hooli].flatMap(namesOf)).toEqual(
    [acme, globex, hooli].flatMap(({ sources }) => Object.keys(sources).map(() => ['url'])),
  );
  expect(namesOf(initechAudit)).toEqual([
    ['url', 'organization'],
    ['url', 'enterprise'],
  ]);
});

test('a state is assigned to the account of the settings, unless it belongs to another', () => {
  const now = named();
  const { url = '' } = now.hashes;
  expect(boundAccount(undefined, now)).toBe(now.hashes);
  expect(boundAccount({ url }, now)).toBe(now.hashes);
  for (const saved of [{ ...now.hashes }, { url: 'of-another' }])
    expect(boundAccount(saved, now)).toBe(saved);
});

describe('a state', () => {
  test('of the same account, of none yet, and of a version that declared others is continued', () => {
    const now = named();
    expect(foreignState(ID, now.hashes, now)).toBeUndefined();
    expect(foreignState(ID, undefined, now)).toBeUndefined();
    expect(foreignState(ID, { realm: 'of-before' }, now)).toBeUndefined();
    const { url = '' } = now.hashes;
    expect(foreignState(ID, { url }, named({ organization: 'south' }))).toBeUndefined();
  });

  test('of another account is refused with the variable and every remedy, without a value', () => {
    const error = foreignState(ID, named().hashes, named({ organization: 'south' }));
    expect(error).toBeInstanceOf(SettingError);
    expect(error?.message).toMatch(
      /another account of the vendor; ACME_ORGANIZATION has changed since.*\(ACME__<NAME>__ORGANIZATION\).*"npx tributary state reset acme\/alerts".*"npx tributary state adopt acme\/alerts"/,
    );
    expect(error?.message).not.toMatch(/ACME_URL|south|north|hush/);
  });
});
