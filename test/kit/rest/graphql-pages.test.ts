import { graphqlPages } from '../../../shared';
import type { Json } from '../../../shared/contract/json';
import { parseJson } from '../../../shared/values/json/json';
import { compileAnswer } from '../../../shared/kit/rest/read-answer';
import { rest } from '../../../shared/kit/rest/rest';
import { pullContext, readUntilError, scriptedHttp } from '../../fakes/scripted-http';

const pull = rest({
  base: 'url',
  path: '/graphql',
  body: {
    query: 'query A($first: Int) { issues(first: $first) { nodes { id } pageInfo { endCursor } } }',
    variables: { first: 2, filterBy: { at: { after: '{since}' } } },
  },
  ...graphqlPages('data.issues'),
  since: { format: 'iso' },
});
const node = (id: string): Json => ({ id, at: '2026-11-01T01:00:00Z' });
const page = (nodes: Json, endCursor: string, hasNextPage: boolean): Json => ({
  data: { issues: { nodes, pageInfo: { endCursor, hasNextPage } } },
});

async function read(...answers: readonly Json[]) {
  const http = scriptedHttp(
    'https://vendor.test',
    answers.map((body) => ({ body })),
  );
  const { error, pages } = await readUntilError(pull, pullContext(http));
  const bodies = http.asked.map(({ body }) => parseJson(String(body)) as { readonly variables: Json });
  return { error, records: pages.flatMap(({ records }) => records), bodies };
}

test('the cursor is a variable beside the bounds, and hasNextPage ends the read', async () => {
  const { bodies, error, records } = await read(
    page([node('a'), node('b')], 'c-1', true),
    page([node('c')], 'c-2', false),
  );
  expect(error).toBeUndefined();
  expect(records).toEqual([node('a'), node('b'), node('c')]);
  const bounds = { first: 2, filterBy: { at: { after: '2026-11-01T00:00:00.000Z' } } };
  expect(bodies.map(({ variables }) => variables)).toEqual([bounds, { ...bounds, after: 'c-1' }]);
});

test('an answer with errors and no data is never an empty page, and its errors are quoted', async () => {
  const errors = [
    { message: 'Cannot query field "nodes"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
  ];
  expect((await read({ data: null, errors })).error).toContain(
    'there is no array at data.issues.nodes. The vendor says {"errors":[{"message":"Cannot query field \\"nodes\\""',
  );
});

test('a connection of edges, and another name of the variable', () => {
  expect(graphqlPages('data.audit', { list: 'edges', after: 'cursor' })).toMatchObject({
    records: 'data.audit.edges',
    next: { send: { in: 'body', name: 'variables.cursor' } },
  });
});

test('an error beside records is an error of the answer', () => {
  const { holds } = compileAnswer((pull as Required<typeof pull>).rest);
  const body = { ...(page([node('a')], 'c', true) as object), errors: [{ message: 'timeout' }] };
  const response = { status: 200, headers: {}, body: new Uint8Array(), json: () => body as Json };
  expect(holds(response)).toEqual({ error: { errors: [{ message: 'timeout' }] }, isEmpty: false });
});
