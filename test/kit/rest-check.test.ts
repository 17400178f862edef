import { ContractError } from '../../shared/contract/errors';
import type { RestSpec } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest';

const spec: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$[*]',
  next: { kind: 'time' },
  stop: { on: 'short-page', full: 3 },
  resume: 'time',
  since: { in: 'query', name: 'from' },
  until: { in: 'query', name: 'to' },
  window: { lag: { minMs: 1, maxMs: 2 } },
  time: 'at',
};
const { time: _, ...timeless } = spec;
const { window: _window, ...windowless } = spec;
const list = { kind: 'cursor', from: '$.next', join: ',', send: { in: 'query', name: 'page' } } as const;

test('a declaration with both bounds is taken, and completed', () => {
  expect(rest(spec).rest).toEqual({ ...spec, window: { lag: { minMs: 1, maxMs: 2 }, stepMs: 1 } });
});

test('one that says nothing of its windows has lags of a minute to an hour', () => {
  const { window: __, ...silent } = spec;
  const coarse = { ...silent, since: { ...spec.since, format: 'epoch-s' } } as const;
  expect(rest(coarse).rest?.window).toEqual({ lag: { minMs: 60_000, maxMs: 3_600_000 }, stepMs: 1_000 });
});

test.each<[string, RestSpec]>([
  ['until', { ...windowless, next: { kind: 'link' }, resume: 'cursor' }],
  ['time', { ...timeless, next: { kind: 'link' } }],
  ['time', { ...timeless, next: { kind: 'link' }, resume: 'cursor' }],
  ['window', { ...spec, window: { lag: { minMs: 2, maxMs: 1 } } }],
  ['window', { ...spec, window: { lag: { minMs: -1, maxMs: 1 } } }],
  ['window', { ...spec, window: { lag: { minMs: 1, maxMs: 1 }, maxMs: 0 } }],
  ['window', { ...spec, window: { lag: { minMs: 1, maxMs: 1 }, maxPages: 0 } }],
  [
    'window',
    {
      ...spec,
      since: { ...spec.since, format: 'epoch-s' },
      window: { lag: { minMs: 1, maxMs: 1 }, maxMs: 500 },
    },
  ],
  ['until', { ...spec, until: { in: 'body', name: 'to' } }],
  ['next', { ...spec, stop: { on: 'empty-page' } }],
  ['stop.full', { ...spec, stop: { on: 'short-page', full: 0 } }],
  ['next.from', { ...spec, next: list }],
  ['next.from', { ...spec, next: { ...list, from: '$.[[*]' } }],
])('a declaration with a wrong %s is refused', (member, wrong) => {
  expect(() => rest(wrong)).toThrow(ContractError);
  expect(() => rest(wrong)).toThrow(`declaration: ${member}: `);
});

const cursor = { kind: 'cursor', from: '$.next' } as const;
const byCursor = { ...spec, next: cursor, stop: { on: 'no-next' } } as const;
const { until: _until, ...endless } = byCursor;
const posted = { ...byCursor, method: 'POST', since: { in: 'body', name: 'from' } } as const;
const sent = { ...cursor, send: { in: 'body', name: 'page' } } as const;

test.each<[member: string, because: string, RestSpec]>([
  ['path', 'holds a query', { ...spec, path: '/logs?from={since}' }],
  ['since', 'no request says it', { ...spec, since: {} }],
  ['until', 'no request says it', { ...spec, until: { format: 'iso-s' } }],
  ['next.send', 'no request says it', byCursor],
  ['since', 'in and name need one another', { ...spec, since: { in: 'query' } }],
  ['until', 'in and name need one another', { ...spec, until: { name: 'to' } }],
  ['since.template', 'not known', { ...spec, since: { ...spec.since, template: 'x' } as RestSpec['since'] }],
  ['until', 'in the place of from', { ...spec, until: { in: 'query', name: 'from' } }],
  ['since', 'in the place of from', { ...spec, query: { from: 'all' } }],
  ['next.send', 'in the place of page', { ...posted, body: { page: 1 }, next: sent }],
  [
    'next.send',
    'in the place of page',
    { ...posted, body: { page: 1 }, next: { ...sent, send: { in: 'body', name: 'page.after' } } },
  ],
  ['query.after', 'not of the kind cursor', { ...spec, query: { after: '{cursor}' } }],
  [
    'body.a.0.b',
    'until is not declared',
    { ...endless, method: 'POST', next: sent, body: { a: [{ b: '{until}' }] } },
  ],
  ['query.q', 'no cursor', { ...byCursor, query: { q: '{cursor} {since}' } }],
  ['headers.X-At', 'no cursor', { ...byCursor, headers: { 'X-At': '{until}/{cursor}' } }],
  [
    'query.q',
    'has no end',
    { ...byCursor, resume: 'cursor', query: { q: '{since}..{until}', page: '{cursor}' } },
  ],
  [
    'headers.Authorization',
    'auth sends',
    { ...spec, headers: { Authorization: 'x' }, auth: { kind: 'bearer', setting: 'token' } },
  ],
  [
    'headers.x-key',
    'auth sends',
    { ...spec, headers: { 'x-key': 'x' }, auth: { kind: 'header', header: 'X-Key', setting: 'token' } },
  ],
  ['headers.ACCEPT', 'same name', { ...spec, headers: { Accept: 'a', ACCEPT: 'b' } }],
  [
    'body.filter',
    'a form',
    {
      ...posted,
      next: sent,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: { filter: { a: 1 } },
    },
  ],
])('%s: %s', (member, because, declared) => {
  expect(() => rest(declared)).toThrow(ContractError);
  expect(() => rest(declared)).toThrow(`declaration: ${member}: `);
  expect(() => rest(declared)).toThrow(because);
});
