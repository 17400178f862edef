import type { Connector } from '../../shared/contract/connector';
import { type InstanceSettings, readSettings } from '../../shared/settings/instance-settings';
import { secret, text, url } from '../../shared/kit/define-connector';
import { webhookEndpoints, credentialsOf } from '../../shared/run/webhook-endpoints';
import { scriptedSource } from '../fakes/scripted-source';
import type { Environment } from '../../shared/settings/environment';

const table = { name: 'AcmeHooks_CL', time: '@received', columns: {} };

/** `alerts` is pulled; `hooks` are posted with a secret, `pings` with a key of the function app. */
const ACME: Connector = {
  name: 'acme',
  title: 'Acme',
  settings: { url: url('The address.'), token: secret('The token.') },
  sources: {
    alerts: scriptedSource([]),
    hooks: {
      table,
      settings: {
        hookSecret: secret('The secret of the webhook.'),
        previousHookSecret: secret('The one before.', { optional: true }),
        note: text('A note.', { optional: true }),
      },
      receive: {
        verify: {
          kind: 'hmac',
          hash: 'sha256',
          secrets: ['hookSecret', 'previousHookSecret'],
          header: 'x-signature',
        },
      },
    },
    pings: { table: { ...table, name: 'AcmePings_CL' }, receive: { verify: { kind: 'function-key' } } },
  },
};
const PULL = { ACME_URL: 'https://acme.example.com', ACME_TOKEN: 'token-1' };
const PUSH = { ACME_HOOK_SECRET: 'hook-1' };
const UNRESOLVED = '@Microsoft.KeyVault(SecretUri=https://vault.example.com/secrets/hook)';

const read = (env: Environment): readonly InstanceSettings[] => readSettings(ACME, env).instances;
const states = (env: Environment): unknown =>
  read(env).map(({ instance, webhooks, sources, state }) => ({
    [instance]: state,
    ...Object.fromEntries(sources.map(({ isOn, source }) => [source, isOn && state === 'on'])),
    ...Object.fromEntries(webhooks.map(({ source, state: now }) => [source, now])),
  }));

test.each<[string, Environment, object]>([
  ['nothing set', {}, { default: 'off', alerts: false, hooks: 'off', pings: 'off' }],
  ['only the pulled source is set', PULL, { default: 'on', alerts: true, hooks: 'off', pings: 'off' }],
  ['only the pushed source is set', PUSH, { default: 'off', alerts: false, hooks: 'on', pings: 'off' }],
  ['both', { ...PULL, ...PUSH }, { default: 'on', alerts: true, hooks: 'on', pings: 'off' }],
  [
    'an unresolved secret, beside a pulled source',
    { ...PULL, ACME_HOOK_SECRET: UNRESOLVED },
    { default: 'on', alerts: true, hooks: 'wrong', pings: 'off' },
  ],
  [
    'half of the pushed source, beside a pulled source',
    { ...PULL, ACME_NOTE: 'x' },
    { default: 'on', alerts: true, hooks: 'wrong', pings: 'off' },
  ],
  [
    'half of the pulled source, beside a pushed source',
    { ...PUSH, ACME_URL: 'https://acme.example.com' },
    { default: 'wrong', alerts: false, hooks: 'on', pings: 'off' },
  ],
  [
    'an invalid filter of the pushed source',
    { ...PULL, ...PUSH, ACME_HOOKS_DROP: 'ping' },
    { default: 'on', alerts: true, hooks: 'wrong', pings: 'off' },
  ],
  [
    'an invalid filter of the pulled source',
    { ...PULL, ...PUSH, ACME_ALERTS_DROP: 'ping' },
    { default: 'wrong', alerts: false, hooks: 'on', pings: 'off' },
  ],
  [
    'a source without settings that SOURCES names',
    { ACME_SOURCES: 'pings' },
    { default: 'off', alerts: false, hooks: 'off', pings: 'on' },
  ],
  [
    'SOURCES without the pushed source',
    { ...PULL, ...PUSH, ACME_SOURCES: 'alerts' },
    { default: 'on', alerts: true, hooks: 'off', pings: 'off' },
  ],
  [
    'SOURCES without the pulled source',
    { ...PULL, ...PUSH, ACME_SOURCES: 'hooks' },
    { default: 'on', alerts: false, hooks: 'on', pings: 'off' },
  ],
  [
    'SOURCES with a source that is not set',
    { ...PULL, ACME_SOURCES: 'alerts,hooks' },
    { default: 'on', alerts: true, hooks: 'wrong', pings: 'off' },
  ],
])('%s', (_, env, expected) => {
  expect(states(env)).toEqual([expected]);
});

test('a problem is reported with its variable, and without its value', () => {
  const [instance] = read({ ...PULL, ACME_HOOK_SECRET: UNRESOLVED, ACME_HOOKS_DROP: 'ping' });
  expect(instance?.problems).toEqual([]);
  expect(instance?.webhooks[0]?.problems).toEqual([
    expect.stringContaining('ACME_HOOK_SECRET is a Key Vault reference that was not resolved'),
    expect.stringContaining('ACME_HOOKS_DROP is not a filter'),
  ]);
});

test('the secrets of every instance are masked in the log', () => {
  const env = { ...PULL, ...PUSH, ACME_PREVIOUS_HOOK_SECRET: 'hook-0', ACME__EU__HOOK_SECRET: 'hook-eu' };
  expect(read(env).map(({ instance, secrets }) => [instance, secrets])).toEqual([
    ['default', ['token-1', 'hook-1', 'hook-0']],
    ['eu', ['hook-eu']],
  ]);
});

test('a webhook has an address once a setting of it is set, even wrongly, and says who may call it', () => {
  const routes = (env: Environment): unknown =>
    webhookEndpoints([ACME], () => read(env)).map(({ level, route }) => [route, level]);
  expect(routes(PULL)).toEqual([]);
  expect(routes({ ACME_HOOK_SECRET: UNRESOLVED })).toEqual([['push/acme/hooks', 'anonymous']]);
  expect(routes({ ...PUSH, ACME_SOURCES: 'hooks,pings' })).toEqual([
    ['push/acme/hooks', 'anonymous'],
    ['push/acme/pings', 'function'],
  ]);
});

test('each secret of each instance that is on may sign', () => {
  const { hooks, pings } = ACME.sources as Record<'hooks' | 'pings', Parameters<typeof credentialsOf>[0]>;
  const env = { ...PUSH, ACME_PREVIOUS_HOOK_SECRET: 'hook-0', ACME__EU__HOOK_SECRET: 'hook-eu' };
  expect(credentialsOf(hooks, 'hooks', read({ ...env, ACME__US__HOOK_SECRET: UNRESOLVED }))).toEqual([
    { instance: 'default', setting: 'hookSecret', secret: 'hook-1' },
    { instance: 'default', setting: 'previousHookSecret', secret: 'hook-0' },
    { instance: 'eu', setting: 'hookSecret', secret: 'hook-eu' },
  ]);
  expect(credentialsOf(pings, 'pings', read({ ACME_SOURCES: 'pings' }))).toEqual([
    { instance: 'default', setting: '', secret: '' },
  ]);
});
