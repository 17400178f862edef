import { ContractError } from '../../../shared/contract/errors';
import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { RestDetails } from '../../../shared/contract/rest-steps';
import { rest } from '../../../shared/kit/rest/rest';
import {
  pullContext,
  readAll,
  readUntilError,
  scriptedHttp,
  type ScriptedAnswer,
} from '../../fakes/scripted-http';

const byPost: RestDetails = {
  path: '/entities',
  method: 'POST',
  body: { filter: { ids: '{ids}' } },
  batch: 2,
  records: 'found',
  recordId: 'id',
};
const list: Omit<RestSpec, 'details'> = {
  base: 'url',
  path: '/ids',
  records: 'ids',
  next: { kind: 'cursor', from: 'next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from' },
};
const record = (id: Json, at = '2026-11-01T01:00:00Z'): Json => ({ id, at });

async function read(details: RestDetails, answers: readonly Json[]) {
  const http = scriptedHttp(
    'https://vendor.test',
    answers.map((body): ScriptedAnswer => ({ body })),
  );
  const { pages, error } = await readUntilError(rest({ ...list, details }), pullContext(http));
  return { records: pages.flatMap(({ records }) => records), error, asked: http.asked };
}

test('the records come in batches, in the order of the list, and each id keeps its type', async () => {
  const { asked, records } = await read(byPost, [
    { ids: ['c', 7, 'a'] },
    { found: [record(7), record('c')] },
    { found: [record('a')] },
  ]);
  expect(records).toEqual([record('c'), record(7), record('a')]);
  expect(asked.slice(1).map(({ body, method, url }) => [method, url, body])).toEqual([
    ['POST', 'https://vendor.test/entities', '{"filter":{"ids":["c",7]}}'],
    ['POST', 'https://vendor.test/entities', '{"filter":{"ids":["a"]}}'],
  ]);
});

test('each page of the list has its own requests, and a page without ids has none', async () => {
  const { asked, records } = await read(byPost, [
    { ids: ['a'], next: '2' },
    { found: [record('a')] },
    { ids: [], next: '3' },
    { ids: ['b'] },
    { found: [record('b')] },
  ]);
  expect(records).toEqual([record('a'), record('b')]);
  expect(asked.map(({ url }) => new URL(url).pathname)).toEqual([
    '/ids',
    '/entities',
    '/ids',
    '/ids',
    '/entities',
  ]);
});

test('one id per request may be in the path, several in a query, and in a form as text', async () => {
  const one: RestDetails = { path: '/entities/{id}', batch: 1, records: '$', recordId: 'id' };
  expect((await read(one, [{ ids: ['a b'] }, [record('a b')]])).asked[1]).toMatchObject({
    method: 'GET',
    url: 'https://vendor.test/entities/a%20b',
  });
  const { body: _, method: __, ...byGet } = byPost;
  const { asked } = await read({ ...byGet, query: { ids: '{ids}' } }, [
    { ids: ['a', 'b'] },
    { found: [record('a'), record('b')] },
  ]);
  expect(asked[1]?.query).toEqual({ ids: 'a,b' });
  const form = {
    ...byPost,
    body: { ids: '{ids}' },
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  };
  expect(
    (await read(form, [{ ids: ['a', 'b'] }, { found: [record('a'), record('b')] }])).asked[1]?.body,
  ).toBe('ids=a%2Cb');
});

test('an item of the list may be an object, and may occur twice', async () => {
  const { asked, records } = await read({ ...byPost, id: 'ref.id' }, [
    { ids: [{ ref: { id: 'a' } }, { ref: { id: 'a' } }, { ref: {} }] },
    { found: [record('a')] },
  ]);
  expect(records).toEqual([record('a'), { ref: {} }]);
  expect(asked[1]?.body).toBe('{"filter":{"ids":["a"]}}');
});

test('an id without its record is requested once more, then it replaces the record', async () => {
  const late = await read(byPost, [{ ids: ['a', 'b'] }, { found: [record('b')] }, { found: [record('a')] }]);
  expect(late.records).toEqual([record('a'), record('b')]);
  const gone = await read(byPost, [{ ids: ['a', 'b'] }, { found: [record('b')] }, { found: [] }]);
  expect(gone.records).toEqual(['a', record('b')]);
  expect(gone.asked[2]?.body).toBe('{"filter":{"ids":["a"]}}');
  expect(gone.error).toBeUndefined();
});

test.each<[string, readonly Json[], RegExp]>([
  [
    'a record that was not requested',
    [{ ids: ['a'] }, { found: [record('z')] }],
    /entities: it has a record that was not requested/,
  ],
  [
    'a record without an id',
    [{ ids: ['a'] }, { found: [{ at: 'x' }] }],
    /entities: a record has no id at id/,
  ],
  ['an answer of another shape', [{ ids: ['a'] }, { other: [] }], /entities: there is no array at found/],
])('%s fails the read, and nothing is delivered', async (_, answers, message) => {
  const { error, records } = await read(byPost, answers);
  expect(records).toEqual([]);
  expect(error).toMatch(message);
});

test.each<[string, string, Partial<RestDetails>]>([
  ['details.path', 'entities does not begin with /', { path: 'entities' }],
  ['details.batch', '0 is not a number of ids', { batch: 0 }],
  ['details.batch', '10001 is not a number of ids', { batch: 10_001 }],
  ['details.body', 'a GET has no body', { method: 'GET' }],
  ['details', '0 of its texts hold {ids}', { body: { ids: 'all' } }],
  ['details', '2 of its texts hold {ids}', { query: { ids: '{ids}' } }],
  ['details', '0 of its texts hold {ids}', { path: '/entities/{id}', body: {} }],
  ['details', '{since} is a value of the list', { query: { from: '{since}' } }],
  ['details.recordId', 'it must be a text', { recordId: 1 as never }],
  ['details.other', 'it is not known', { other: 1 } as never],
  ['details.headers.Host', 'it says how the request is sent', { headers: { Host: 'x' } }],
])('details with a wrong %s are refused: %s', (member, because, change) => {
  const declare = () => rest({ ...list, details: { ...byPost, ...change } });
  expect(declare).toThrow(ContractError);
  expect(declare).toThrow(`declaration: ${member}: ${because}`);
});

test('a window contains the records of its bounds, even where their times are not in the list', async () => {
  const http = scriptedHttp('https://vendor.test', [
    { body: { ids: ['a', 'b'] } },
    { body: { found: [record('a'), record('b', '2026-11-01T09:00:00Z')] } },
  ]);
  const window = { lane: 'live', from: '2026-11-01T00:00:00.000Z', to: '2026-11-01T02:00:00.000Z' } as const;
  const pages = await readAll(rest({ ...list, details: byPost }), pullContext(http, { window }));
  expect(pages.flatMap(({ records }) => records)).toEqual([record('a')]);
});
