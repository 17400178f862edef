import okta from '../../connectors/okta';
import duo from '../../connectors/duo';
import githubAudit from '../../connectors/github-audit';
import onepassword from '../../connectors/onepassword';
import type { Connector, PullSource, Settings } from '../../shared/contract/connector';
import { SettingError } from '../../shared/contract/errors';
import { accountOf, foreignState, type NamedAccount } from '../../shared/kit/account';
import { scriptedSource } from '../fakes/scripted-source';

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const HELP = { help: 'What it is.' } as const;
const SETTINGS: Settings = {
  url: { kind: 'url', ...HELP },
  organization: { kind: 'text', ...HELP },
  region: { kind: 'text', ...HELP, default: 'eu' },
  filter: { kind: 'text', ...HELP, optional: true },
  token: { kind: 'secret', ...HELP },
};
const VALUES = { url: 'https://acme.test', organization: 'north', region: 'eu', filter: '', token: 'hush' };

function named(values: Record<string, string>, more: Partial<Connector> = {}): NamedAccount {
  const source = scriptedSource([]);
  const acme: Connector = {
    name: 'acme',
    title: 'Acme',
    settings: SETTINGS,
    sources: { alerts: source },
    ...more,
  };
  return accountOf(acme, source, { ...VALUES, ...values }, (name) => `ACME_${name.toUpperCase()}`);
}

test('an account is a hash of each address and of each text that must be set, and never of a secret', () => {
  const { hashes, variables } = named({});
  expect(variables).toEqual({ url: 'ACME_URL', organization: 'ACME_ORGANIZATION' });
  expect(Object.keys(hashes)).toEqual(['url', 'organization']);
  expect(Object.values(hashes).every((hash) => /^[\da-f]{32}$/.test(hash))).toBe(true);
  expect(named({ token: 'another', region: 'us', filter: 'x' }).hashes).toEqual(hashes);
});

test('a budget’s scope says which texts name it; a secret among them is left out, and an address never is', () => {
  const scope = { budget: { limits: [], scope: ['region', 'token'] } };
  expect(Object.keys(named({}, scope).hashes)).toEqual(['url', 'region']);
  expect(named({ token: 'another' }, scope).hashes).toEqual(named({}, scope).hashes);
});

test.each(['https://ACME.test', 'https://acme.test/', 'https://acme.test:443'])(
  'one address however it is written: %s',
  (url) => {
    expect(named({ url }).hashes).toEqual(named({}).hashes);
  },
);

test('of the connectors of the tree, what signs requests is no account', () => {
  const namesOf = (connector: Connector): string[][] =>
    Object.values(connector.sources).map((source) =>
      Object.keys(accountOf(connector, source as PullSource, {}, (name) => name).hashes),
    );
  expect([okta, onepassword, duo].flatMap(namesOf)).toEqual(
    [okta, onepassword, duo].flatMap(({ sources }) => Object.keys(sources).map(() => ['url'])),
  );
  expect(namesOf(githubAudit)).toEqual([
    ['url', 'organization'],
    ['url', 'enterprise'],
  ]);
});

describe('a state', () => {
  test('of the same account, of none yet, and of a version that declared others is gone on from', () => {
    const now = named({});
    expect(foreignState(ID, now.hashes, now)).toBeUndefined();
    expect(foreignState(ID, undefined, now)).toBeUndefined();
    expect(foreignState(ID, { tenant: 'of-before' }, now)).toBeUndefined();
  });

  test('of another account is refused with the variable and every remedy, and quotes no value', () => {
    const error = foreignState(ID, named({}).hashes, named({ organization: 'south' }));
    expect(error).toBeInstanceOf(SettingError);
    expect(error?.message).toMatch(
      /another account of the vendor; ACME_ORGANIZATION has changed since.*\(ACME__<NAME>__ORGANIZATION\).*"npx tributary state reset acme\/alerts".*"npx tributary state adopt acme\/alerts"/,
    );
    expect(error?.message).not.toMatch(/ACME_URL|south|north|hush/);
  });
});
