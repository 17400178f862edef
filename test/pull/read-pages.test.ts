import type { Page, PullContext } from '../../shared/contract/connector';
import { ContractError, SettingError, UnavailableError } from '../../shared/contract/errors';
import { pages } from '../../shared/pull/read-pages';
import { pullContext, scriptedHttp } from '../fakes/scripted-http';
import { scriptedSource } from '../fakes/scripted-source';

const http = scriptedHttp('https://vendor.test', []);

/** Every page that a source yields, after validation. */
async function read(
  pull: (context: PullContext) => AsyncIterable<unknown>,
  signal?: AbortSignal,
): Promise<Page[]> {
  const source = scriptedSource([], { pull: pull as (context: PullContext) => AsyncIterable<Page> });
  const context = pullContext(http, signal === undefined ? {} : { signal });
  const found: Page[] = [];
  for await (const page of pages(source, context, 'acme/alerts')) found.push(page);
  return found;
}

/** A source that yields these values. */
const yields = (...values: unknown[]) =>
  async function* () {
    yield* values;
  };

/** A source that throws this instead of its first page. */
const throws = (error: Error) =>
  async function* () {
    yield* await Promise.reject<unknown[]>(error);
  };

test('yields pages unchanged', async () => {
  const page = { records: [1, null], checkpoint: { at: 1 }, rereads: true };
  expect(await read(yields(page, { records: [], checkpoint: {} }))).toEqual([
    page,
    { records: [], checkpoint: {}, rereads: false },
  ]);
});

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /pulling acme\/alerts: TypeError/],
  ['no records', { checkpoint: {} }, /the page's records are not an array/],
  ['records that are not an array', { records: {}, checkpoint: {} }, /the page's records are not an array/],
  ['no checkpoint', { records: [] }, /the page's checkpoint is not a JSON object/],
  [
    'a checkpoint that is an array',
    { records: [], checkpoint: [] },
    /the page's checkpoint is not a JSON object/,
  ],
  [
    'a checkpoint that is null',
    { records: [], checkpoint: null },
    /the page's checkpoint is not a JSON object/,
  ],
  [
    'a checkpoint over 16 KB',
    { records: [], checkpoint: { seen: 'x'.repeat(16_384) } },
    /has 16395 bytes, more than 16384/,
  ],
  [
    'a checkpoint nested too deep to read',
    { records: [], checkpoint: JSON.parse(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`) as unknown },
    /the page's checkpoint is nested deeper than 50 levels/,
  ],
])('refuses %s with a ContractError', async (_, page, message) => {
  await expect(read(yields(page))).rejects.toThrow(ContractError);
  await expect(read(yields(page))).rejects.toThrow(message);
});

test('accepts a checkpoint of exactly 16 KB', async () => {
  const checkpoint = { seen: 'x'.repeat(16_384 - 11) };
  expect(await read(yields({ records: [], checkpoint }))).toHaveLength(1);
});

test.each([new SettingError('a'), new UnavailableError('b'), new ContractError('c')])(
  'rethrows a %s unchanged',
  async (error) => {
    await expect(read(throws(error))).rejects.toBe(error);
  },
);

test('turns any other error into a ContractError, and keeps its cause', async () => {
  const cause = new TypeError('x is not a function');
  const failing = read(throws(cause));
  await expect(failing).rejects.toThrow(ContractError);
  await expect(failing).rejects.toMatchObject({
    message: "pulling acme/alerts: TypeError: x is not a function. The connector's code must handle this.",
    cause,
  });
});

test('throws a ContractError for a pull that returns nothing to iterate', async () => {
  await expect(read(() => undefined as never)).rejects.toThrow(ContractError);
});

test('rethrows the reason of an aborted run unchanged', async () => {
  const reason = new Error('the run is over');
  await expect(read(throws(reason), AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('is not affected by a source that reuses its array and its checkpoint', async () => {
  const records: number[] = [];
  const checkpoint = { at: 0, nested: { at: 0 } };
  const found = await read(async function* () {
    for (let at = 1; at <= 2; at++) {
      records.push(at);
      checkpoint.at = checkpoint.nested.at = at;
      yield { records, checkpoint };
      records.length = 0;
    }
  });
  expect(found.map((page) => [page.records, page.checkpoint])).toEqual([
    [[1], { at: 1, nested: { at: 1 } }],
    [[2], { at: 2, nested: { at: 2 } }],
  ]);
});

test('keeps the digits of a large integer in a checkpoint', async () => {
  const [page] = await read(yields({ records: [], checkpoint: { at: 9007199254740993n } }));
  expect(page?.checkpoint).toEqual({ at: 9007199254740993n });
});
