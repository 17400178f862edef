import { defineConnector, rest, secret, string, text, url } from '../../shared';
import type { RestSpec } from '../../shared/contract/rest';
import { connectorProblems } from '../../shared/kit/connector-problems';
import type { SettingsIn } from '../../shared/kit/rest/placeholder-types';
import { namesIn } from '../../shared/kit/template';

/* The type check is part of these tests: it fails if a line below `@ts-expect-error` compiles. */

const table = { name: 'AcmeAlerts_CL', time: 'at', columns: { Name: string('name') } } as const;
const connector = {
  name: 'acme',
  title: 'Acme',
  settings: { url: url('Where.'), token: secret('A token.') },
};
const spec = {
  base: 'url',
  path: '/v1',
  records: '$[*]',
  next: { kind: 'link' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from' },
} as const;
const site = { site: text('A site.') };
const sign = () => ({});
const verify = { kind: 'token', in: 'header', name: 'x-token', secrets: ['token'] } as const;

test('a declaration may name the settings of its connector and of its source', () => {
  const pull = rest({
    base: 'url',
    path: '/v1/{site}/{partition}',
    query: { q: 'site:{site} from:{since}', literal: '{{other}}', graph: '{ nodes { id } }', limit: 100 },
    headers: { 'x-site': '{site}' },
    auth: { kind: 'bearer', setting: 'token' },
    records: '$[*]',
    next: { kind: 'link' },
    stop: { on: 'no-next' },
    resume: 'time',
    since: {},
  });
  const partitions = () => Promise.resolve(['a']);
  const budget = { limits: [], scope: ['url', 'site'] } as const;
  const sources = { alerts: { table, settings: site, budget, pull, partitions } };
  expect(defineConnector({ ...connector, sources }).sources).toBe(sources);
});

const problemsOf = (value: unknown): string => connectorProblems(value, 'acme').join(' ');

test('a computed name compiles, and is refused at load', () => {
  const computed = (path: string) => rest({ ...spec, path });
  const wide: RestSpec = { ...spec, base: 'elsewhere' };
  const byPath = { alerts: { table, pull: computed('/{nothing}') } };
  expect(problemsOf(defineConnector({ ...connector, sources: byPath }))).toContain('path names nothing');
  const byBase = { alerts: { table, pull: rest(wide) } };
  expect(problemsOf(defineConnector({ ...connector, sources: byBase }))).toContain('base names elsewhere');
});

test('an undeclared name neither compiles nor loads', () => {
  const pull = rest(spec);
  const base = rest({ ...spec, base: 'ulr' });
  const path = rest({ ...spec, path: '/{site}' });
  const query = rest({ ...spec, query: { s: '{site}' } });
  const headers = rest({ ...spec, headers: { s: '{site}' } });
  const key = rest({ ...spec, auth: { kind: 'header', header: 'x-key', setting: 'key' } });
  const signature = rest({ ...spec, auth: { kind: 'signature', settings: ['token', 'key'], sign } });
  const basic = rest({ ...spec, auth: { kind: 'basic', user: '{site}', password: '{token}' } });
  const budget = { limits: [], scope: ['url', 'site'] } as const;
  const all = [
    // @ts-expect-error nothing declares ulr
    defineConnector({ ...connector, sources: { alerts: { table, pull: base } } }),
    // @ts-expect-error nothing declares ulr, written in place
    defineConnector({ ...connector, sources: { alerts: { table, pull: rest({ ...spec, base: 'ulr' }) } } }),
    // @ts-expect-error nothing declares site
    defineConnector({ ...connector, sources: { alerts: { table, pull: path } } }),
    // @ts-expect-error nothing declares site
    defineConnector({ ...connector, sources: { alerts: { table, pull: query } } }),
    // @ts-expect-error nothing declares site
    defineConnector({ ...connector, sources: { alerts: { table, pull: headers } } }),
    // @ts-expect-error nothing declares key
    defineConnector({ ...connector, sources: { alerts: { table, pull: key } } }),
    // @ts-expect-error nothing declares key
    defineConnector({ ...connector, sources: { alerts: { table, pull: signature } } }),
    // @ts-expect-error nothing declares site
    defineConnector({ ...connector, sources: { alerts: { table, pull: basic } } }),
    // @ts-expect-error nothing declares site
    defineConnector({ ...connector, sources: { alerts: { table, pull, budget } } }),
    // @ts-expect-error nothing declares site
    defineConnector({ ...connector, budget, sources: { alerts: { table, pull } } }),
    // @ts-expect-error the source declares no token of its own
    defineConnector({ ...connector, sources: { alerts: { table, receive: { verify } } } }),
  ];
  for (const each of all) expect(problemsOf(each)).toMatch(/names (?:ulr|site|key|token)/);
});

test('a setting of another source neither compiles nor loads', () => {
  const pull = rest({ ...spec, path: '/{site}' });
  const own = { table, settings: site, pull };
  expect(problemsOf(defineConnector({ ...connector, sources: { own } }))).toBe('');
  const another = { table: { ...table, name: 'AcmeOthers_CL' }, pull } as const;
  // @ts-expect-error site is a setting of the other source
  expect(problemsOf(defineConnector({ ...connector, sources: { own, another } }))).toContain('names site');
});

test('a webhook is verified by settings of its own source', () => {
  const own = { table, settings: { token: secret('A token.') }, receive: { verify } };
  const hook = { name: 'acme', title: 'Acme', settings: {}, sources: { own } };
  expect(problemsOf(defineConnector(hook))).toBe('');
});

describe('the compiler and the run time recognize the same placeholders', () => {
  /** Compiles only if both are the same type. */
  const same = <Text extends string, Names extends string>(
    text: Text,
    ...names: [SettingsIn<Text>] extends [Names]
      ? [Names] extends [SettingsIn<Text>]
        ? Names[]
        : never
      : never
  ): readonly [string, readonly string[]] => [text, names];

  test.each([
    same<'plain', never>('plain'),
    same<'{}', never>('{}'),
    same<'{4}', never>('{4}'),
    same<'{4a}', never>('{4a}'),
    same<'{_a}', never>('{_a}'),
    same<'{a|b}', never>('{a|b}'),
    same<'{a-b}', never>('{a-b}'),
    same<'{ a }', never>('{ a }'),
    same<'{é}', never>('{é}'),
    same<'\\d{4}', never>('\\d{4}'),
    same<'{a', never>('{a'),
    same<'a}', never>('a}'),
    same<'{{a}}', never>('{{a}}'),
    same<'{{{{a}}}}', never>('{{{{a}}}}'),
    same<'{since}..{until}', never>('{since}..{until}'),
    same<'{a}', 'a'>('{a}', 'a'),
    same<'{aB_9}', 'aB_9'>('{aB_9}', 'aB_9'),
    same<'{A}', 'A'>('{A}', 'A'),
    same<'{{{a}}}', 'a'>('{{{a}}}', 'a'),
    same<'{{a}', 'a'>('{{a}', 'a'),
    same<'{a}}', 'a'>('{a}}', 'a'),
    same<'{viewer{login}}', 'login'>('{viewer{login}}', 'login'),
    same<'{"q":{a}}', 'a'>('{"q":{a}}', 'a'),
    same<'{ id {a} } {b}-{{c}}-{d}', 'a' | 'b' | 'd'>('{ id {a} } {b}-{{c}}-{d}', 'a', 'b', 'd'),
  ])('%s', (text, names) => {
    const values = ['since', 'until', 'cursor', 'partition'];
    expect(namesIn(text).filter((name) => !values.includes(name))).toEqual(names);
  });
});
