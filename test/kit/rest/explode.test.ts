import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import { connectorProblems } from '../../../shared/kit/connector-problems';
import { defineConnector, secret, url } from '../../../shared';
import { rest } from '../../../shared/kit/rest/rest';
import { lastPosition, pullContext, readAll, scriptedHttp } from '../../fakes/scripted-http';

const spec: RestSpec = {
  base: 'url',
  path: '/activity',
  records: 'items',
  explode: 'data.events',
  next: { kind: 'link', from: 'next' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from' },
};
const item = (id: string, events: Json, at = '2026-11-01T01:00:00Z'): Json => ({ id, at, data: { events } });

async function read(declared: RestSpec, answers: readonly Json[], isNextKnown?: () => boolean) {
  const http = scriptedHttp(
    'https://vendor.test',
    answers.map((body) => ({ body })),
  );
  const context = pullContext(http, isNextKnown === undefined ? {} : { isNextKnown });
  const pages = await readAll(rest(declared), context);
  return { pages, records: pages.flatMap(({ records }) => records), asked: http.asked };
}

test('each element is a record with the members of its parent, in its own place', async () => {
  const { records } = await read(spec, [
    { items: [item('a', [{ name: 'x' }, 'text', null]), item('b', [{ name: 'y' }])] },
  ]);
  expect(records).toEqual([
    item('a', { name: 'x' }),
    item('a', 'text'),
    item('a', null),
    item('b', { name: 'y' }),
  ]);
});

test.each<[string, Json]>([
  ['an empty list', item('a', [])],
  ['an object in the place of the list', item('a', { name: 'x' })],
  ['no list', { id: 'a', at: '2026-11-01T01:00:00Z' }],
  ['no object', 'a'],
  ['a hostile name', JSON.parse('{"__proto__":{"data":{"events":[1]}}}') as Json],
])('a parent with %s stays one record', async (_, parent) => {
  expect((await read(spec, [{ items: [parent] }])).records).toEqual([parent]);
});

test('no element shares what it holds with the answer: its parent keeps its list', async () => {
  const parent = item('a', [1, 2]);
  await read(spec, [{ items: [parent] }]);
  expect(parent).toEqual(item('a', [1, 2]));
});

test('a page counts parents: two of three events do not fill it', async () => {
  const short: RestSpec = {
    ...spec,
    next: { kind: 'offset', send: { in: 'query', name: 'skip' } },
    stop: { on: 'short-page', full: 2 },
  };
  const { records, asked } = await read(short, [
    { items: [item('a', [1, 2, 3]), item('b', [4])] },
    { items: [item('b', [4])] },
  ]);
  expect(records).toEqual([item('a', 1), item('a', 2), item('a', 3), item('b', 4)]);
  expect(asked.map(({ query }) => query?.['skip'])).toEqual([0, 1]);
});

test('the position is behind parents, by the id of the last one', async () => {
  const byId: RestSpec = {
    ...spec,
    next: { kind: 'cursor', record: 'id', send: { in: 'query', name: 'after' } },
    stop: { on: 'short-page', full: 2 },
    resume: 'cursor',
  };
  const { pages } = await read(byId, [{ items: [item('a', [1, 2, 3])] }]);
  expect(pages.map(({ records }) => records.length)).toEqual([3]);
  expect(lastPosition(pages)).toEqual({ cursor: 'a', since: '2026-11-01T00:00:00.000Z' });
});

test('a range is read by the time of the parent', async () => {
  const late = '2026-11-01T03:00:00Z';
  const http = scriptedHttp('https://vendor.test', [
    { body: { items: [item('a', [1, 2]), item('b', [3, 4], late)] } },
  ]);
  const context = pullContext(http, {
    window: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-01T02:00:00.000Z', lane: 'live' } as never,
  });
  const pages = await readAll(rest(spec), context);
  expect(pages.flatMap(({ records }) => records)).toEqual([item('a', 1), item('a', 2)]);
});

test.each<[Partial<RestSpec>, string]>([
  [{ explode: '$.data[*].events' }, 'explode: $.data[*].events is not a chain of member names'],
  [{ explode: '$' }, 'explode: $ is not a chain of member names'],
  [{ explode: 'a..b' }, 'explode: reading the path a..b: a name is empty'],
  [{ explode: 7 as never }, 'explode: it must be a text'],
  [{ format: 'csv', records: '$', next: { kind: 'none' } }, 'explode: a cell of a table holds a text'],
])('a declaration that cannot work is refused: %j', (change, message) => {
  expect(() => rest({ ...spec, ...change })).toThrow(message);
});

test.each<[{ readonly time?: string; readonly eventId?: string }, string]>([
  [{}, ''],
  [{ eventId: 'data.events.id' }, ''],
  [{ eventId: 'id' }, 'table.eventId is id, which all records from one parent share'],
  [{ eventId: 'data.eventsId' }, 'table.eventId is data.eventsId'],
  [{ time: "$['data'].events.at" }, 'the vendor is asked for parents by theirs'],
])('the paths of the table say which is the parent’s: %j', (paths, problem) => {
  const table = { name: 'A_CL', time: 'at', columns: {}, ...paths };
  const settings = {
    url: url('The address.', { example: 'https://api.example.com' }),
    token: secret('A token.'),
  };
  const sources = { events: { pull: rest(spec), table } };
  const problems = connectorProblems(defineConnector({ name: 'a', title: 'A', settings, sources }), 'a');
  expect(problems).toHaveLength(problem === '' ? 0 : 1);
  expect(problems.join()).toContain(problem);
});
