import { ContractError } from '../../../../shared/contract/errors';
import type { RestSpec } from '../../../../shared/contract/rest';
import { rest } from '../../../../shared/kit/rest/rest';

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
};
const { window: _window, ...windowless } = spec;
const list = { kind: 'cursor', from: '$.next', join: ',', send: { in: 'query', name: 'page' } } as const;

test('a declaration with both bounds is accepted, and completed', () => {
  expect(rest(spec).rest).toEqual({ ...spec, window: { lag: { minMs: 1, maxMs: 2 }, stepMs: 1 } });
});

test('a declaration without windows gets lags of a minute to an hour', () => {
  const { window: __, ...silent } = spec;
  const coarse = { ...silent, since: { ...spec.since, format: 'epoch-s' } } as const;
  expect(rest(coarse).rest?.window).toEqual({ lag: { minMs: 60_000, maxMs: 3_600_000 }, stepMs: 1_000 });
});

test.each<[string, RestSpec]>([
  ['until', { ...windowless, next: { kind: 'link' }, resume: 'cursor' }],
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
  ['success.is', { ...spec, success: { from: 'stat', is: [] } }],
  ['success.denied', { ...spec, success: { from: 'stat', is: ['OK'], denied: [{} as string] } }],
  ['success.from', { ...spec, success: { from: 'a[', is: ['OK'] } }],
  ['next', { ...spec, stop: { on: 'empty-page' } }],
  ['stop.full', { ...spec, stop: { on: 'short-page', full: 0 } }],
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
const inQuery = { ...cursor, send: { in: 'query', name: 'page' } } as const;
const keyed = { kind: 'header', header: 'X-Key', setting: 'token' } as const;

test.each<[member: string, because: string, RestSpec]>([
  ['path', 'holds a query', { ...spec, path: '/logs?from={since}' }],
  ['since', 'no request sends it', { ...spec, since: {} }],
  ['until', 'no request sends it', { ...spec, until: { format: 'iso-s' } }],
  ['next.send', 'no request sends it', byCursor],
  ['since', 'in and name require each other', { ...spec, since: { in: 'query' } }],
  ['until', 'in and name require each other', { ...spec, until: { name: 'to' } }],
  ['until', 'would replace from', { ...spec, until: { in: 'query', name: 'from' } }],
  ['since', 'would replace from', { ...spec, query: { from: 'all' } }],
  ['next.send', 'would replace page', { ...posted, body: { page: 1 }, next: sent }],
  [
    'next.send',
    'would replace page',
    { ...posted, body: { page: 1 }, next: { ...sent, send: { in: 'body', name: 'page.after' } } },
  ],
  ['query.after', 'not of the kind cursor', { ...spec, query: { after: '{cursor}' } }],
  [
    'body.a.0.b',
    'until is not declared',
    { ...endless, method: 'POST', next: sent, body: { a: [{ b: '{until}' }] } },
  ],
  ['query.q', 'lose {since} with it', { ...byCursor, query: { q: '{cursor} {since}' } }],
  ['headers.X-At', 'lose {until} with it', { ...byCursor, headers: { 'X-At': '{until}/{cursor}' } }],
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
  // A value that narrows a read must not disappear together with one that some requests lack.
  ['query.q', 'would lose {site} with it', { ...byCursor, query: { q: 'site:{site} page:{cursor}' } }],
  ['headers.X-At', 'would lose {site} with it', { ...byCursor, headers: { 'X-At': '{site}/{cursor}' } }],
  ['path', 'would lose {partition} with it', { ...byCursor, path: '/sites/{partition}-{cursor}' }],
  ['body.a.0', 'would lose {site} with it', { ...posted, next: sent, body: { a: ['{site} {cursor}'] } }],
  [
    'query.q',
    'would lose {site} with {until}',
    { ...byCursor, next: inQuery, resume: 'cursor', until: {}, query: { q: 'site:{site} until:{until}' } },
  ],
  // A name is sent unchanged.
  ['query.filter[{site}]', 'takes no placeholder', { ...spec, query: { 'filter[{site}]': 'x' } }],
  ['query.{{site}}', 'takes no placeholder', { ...spec, query: { '{{site}}': 'x' } }],
  ['query.', 'a name is empty', { ...spec, query: { '': 'x' } }],
  ['headers.x-{site}', 'takes no placeholder', { ...spec, headers: { 'x-{site}': 'x' } }],
  ['body.a.0.{site}', 'takes no placeholder', { ...posted, next: sent, body: { a: [{ '{site}': 1 }] } }],
  ['since.name', 'takes no placeholder', { ...spec, since: { in: 'query', name: '{site}' } }],
  ['since.name', 'a name is empty', { ...posted, next: sent, since: { in: 'body', name: 'a..b' } }],
  ['since.name', 'a name is empty', { ...posted, next: sent, since: { in: 'body', name: '' } }],
  ['until.name', 'a name is empty', { ...spec, until: { in: 'query', name: '' } }],
  ['next.send.name', 'a name is empty', { ...posted, next: { ...sent, send: { in: 'body', name: 'a.' } } }],
  ['path', 'another address', { ...spec, path: '/logs/%2e./x' }],
  // Headers that cannot be sent as declared.
  ['headers.x a', 'no name of a header', { ...spec, headers: { 'x a': 'a' } }],
  ['headers.X-A', 'character 2', { ...spec, headers: { 'X-A': 'a\r\nb' } }],
  ['headers.X-A', 'character 8', { ...spec, headers: { 'X-A': 'x{site}ü→' } }],
  ['headers.X-A', 'begins or ends', { ...spec, headers: { 'X-A': '{site} ' } }],
  ['headers.Content-Length', 'how the request is sent', { ...spec, headers: { 'Content-Length': '3' } }],
  ['headers.Host', 'how the request is sent', { ...spec, headers: { Host: 'vendor.test' } }],
  ['headers.transfer-encoding', 'how the', { ...spec, headers: { 'transfer-encoding': 'chunked' } }],
  ['headers.Connection', 'how the request is sent', { ...spec, headers: { Connection: 'close' } }],
  ['headers.content-encoding', 'how the', { ...spec, headers: { 'content-encoding': 'gzip' } }],
  [
    'headers.Content-Type',
    'not as multipart',
    { ...spec, headers: { 'Content-Type': 'multipart/form-data' } },
  ],
  [
    'headers.Content-Type',
    'not as application/xml',
    { ...spec, headers: { 'Content-Type': 'application/xml' } },
  ],
  ['headers.content-type', 'takes no placeholder', { ...spec, headers: { 'content-type': '{kind}' } }],
  [
    'headers.content-type',
    'in UTF-8',
    { ...spec, headers: { 'content-type': 'application/json; charset=iso-8859-1' } },
  ],
  ['auth.header', 'for something else', { ...spec, auth: { ...keyed, header: 'Content-Type' } }],
  ['auth.header', 'for something else', { ...spec, auth: { ...keyed, header: 'Accept' } }],
  ['auth.header', 'how the request is sent', { ...spec, auth: { ...keyed, header: 'Host' } }],
  ['auth.header', 'no name of a header', { ...spec, auth: { ...keyed, header: 'X Key' } }],
  ['auth.prefix', 'character 1', { ...spec, auth: { ...keyed, prefix: '→ ' } }],
])('%s: %s', (member, because, declared) => {
  expect(() => rest(declared)).toThrow(ContractError);
  expect(() => rest(declared)).toThrow(`declaration: ${member}: `);
  expect(() => rest(declared)).toThrow(because);
});

/* The checks also refuse what the types refuse, because nothing compiles a connector before it runs. */
test.each<[member: string, because: string, parts: object]>([
  ['since.in', 'one of query, body', { since: { in: 'header', name: 'X-Since' } }],
  ['until.in', 'one of query, body', { until: { in: 'path', name: 'x' } }],
  ['next.send.in', 'one of query, body', { next: { ...cursor, send: { in: 'header', name: 'x' } } }],
  ['since.format', 'one of iso, iso-s, date, ', { since: { ...spec.since, format: 'rfc' } }],
  ['since', 'an object', { since: 'from' }],
  ['since.template', 'not known', { since: { ...spec.since, template: 'x' } }],
  ['next.send.format', 'not known', { next: { ...inQuery, send: { ...inQuery.send, format: 'iso' } } }],
  ['query', 'an object', { query: ['a'] }],
  ['query.a', 'a text, a number, true or false', { query: { a: { b: '{site}' } } }],
  ['query.a', 'a text, a number, true or false', { query: { a: ['x', '{site}'] } }],
  ['query.a', 'a text, a number, true or false', { query: { a: null } }],
  ['query.a', 'a text, a number, true or false', { query: { a: NaN } }],
  ['headers.X-A', 'a text', { headers: { 'X-A': 1 } }],
  ['body', 'an object', { method: 'POST', body: ['{site}'] }],
  ['method', 'one of GET, POST', { method: 'PUT' }],
  ['resume', 'one of cursor, time', { resume: 'page' }],
  ['auth.kind', 'one of bearer, header, query, oauth2', { auth: { kind: 'cookie', setting: 'token' } }],
  ['auth.name', 'not known', { auth: { ...keyed, name: 'X-Key' } }],
  ['next.kind', 'one of link, cursor, page, offset, none, time', { next: { kind: 'pages' } }],
  ['next.alone', 'true', { next: { ...inQuery, alone: 'yes' } }],
  ['stop.on', 'one of no-next, empty-page, unless, short-page, total, last-page', { stop: { on: 'end' } }],
  ['stop.path', 'a text', { stop: { on: 'unless' } }],
  ['window.order', 'one of oldest-first, newest-first', { window: { ...spec.window, order: 'newest' } }],
  ['parameters', 'not known', { parameters: { a: 1 } }],
])('%s: not %s is refused', (member, because, parts) => {
  const declared = { ...spec, ...parts };
  expect(() => rest(declared)).toThrow(ContractError);
  expect(() => rest(declared)).toThrow(`declaration: ${member}: `);
  expect(() => rest(declared)).toThrow(because);
});

test.each<[string, Partial<RestSpec>]>([
  [
    'literal text around a cursor, which becomes part of it',
    { next: cursor, query: { q: 'id gt "{cursor}"' } },
  ],
  ['a setting beside a bound', { query: { q: 'site:{site} at>{since}' } }],
  ['a setting beside an end that every read has', { until: {}, query: { q: '{site} {until}' } }],
  ['JSON under another name', { headers: { 'content-type': 'application/vnd.acme+json; charset=utf-8' } }],
  ['JSON declared as plain text', { headers: { 'Content-Type': 'text/plain;charset=UTF-8' } }],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['a key after a prefix', { auth: { ...keyed, prefix: 'SSWS ' }, headers: { 'X-Site': 'site {site}' } }],
  ['dots in the name of a parameter', { since: { in: 'query', name: 'filter.at' } }],
])('%s is accepted', (_, parts) => {
  expect(rest({ ...spec, ...parts }).rest).toMatchObject(parts);
});
