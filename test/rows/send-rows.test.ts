import { ContractError, UnavailableError } from '../../shared/contract/errors';
import type { Encoded } from '../../shared/rows/batch';
import { send } from '../../shared/rows/send-rows';
import { encodedRows, textsOf } from '../fakes/batches';
import { memorySink } from '../fakes/memory-sink';
import { SAMPLE_TABLE } from '../fakes/scripted-source';

const rowsOf = (count: number): Encoded<string>[] =>
  encodedRows(Array.from({ length: count }, (_, i) => `{"n":${i}}`));
const numbers = (rows: readonly object[]): number[] =>
  rows.map((row) => (row as { n: number }).n).sort((a, b) => a - b);

test('sends nothing without rows', async () => {
  const sink = memorySink();
  expect(await send(sink, SAMPLE_TABLE, [])).toEqual([]);
  expect(sink.batches).toEqual([]);
});

test('sends every row once, in batches that fit', async () => {
  const sink = memorySink({ maxBatchBytes: 40 });
  expect(await send(sink, SAMPLE_TABLE, rowsOf(100))).toEqual([]);
  expect(numbers(sink.rows)).toEqual(numbers(rowsOf(100).map(({ text }) => JSON.parse(text) as object)));
  expect(Math.max(...sink.batches.map(({ body }) => body.length))).toBeLessThanOrEqual(40);
});

test('sends at most four batches at once, and at least two', async () => {
  const sink = memorySink({ maxBatchBytes: 20 });
  sink.answer = async () => new Promise((resolve) => setImmediate(() => resolve('accepted')));
  await send(sink, SAMPLE_TABLE, rowsOf(50));
  expect(sink.atOnce).toBe(4);
});

test('runs other work wherever the rows pause, and sends them all in order', async () => {
  const sink = memorySink({ maxBatchBytes: 40 });
  let turns = 0;
  let isDone = false;
  const look = (): void => {
    turns++;
    if (!isDone) setImmediate(look);
  };
  const rows = rowsOf(60);
  setImmediate(look);
  await send(
    sink,
    SAMPLE_TABLE,
    rows.flatMap((row) => [row, undefined]),
  );
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(60);
  expect(sink.batches.flatMap(textsOf)).toEqual(rows.map(({ text }) => text));
});

test('halves a batch that is too large, and loses no row', async () => {
  const sink = memorySink();
  sink.answer = ({ count }) => (count > 3 ? 'too-large' : 'accepted');
  expect(await send(sink, SAMPLE_TABLE, rowsOf(50))).toEqual([]);
  expect(numbers(sink.rows)).toHaveLength(50);
});

test('returns the rows that are too large even alone, and accepts their neighbours', async () => {
  const sink = memorySink();
  sink.answer = (batch) =>
    textsOf(batch).some((row) => row === '{"n":7}' || row === '{"n":31}') ? 'too-large' : 'accepted';
  const refused = await send(sink, SAMPLE_TABLE, rowsOf(50));
  expect(refused.map(({ row }) => row).sort()).toEqual(['{"n":31}', '{"n":7}']);
  expect(sink.rows).toHaveLength(48);
});

test('returns the row that the workspace refuses, with its code, and accepts its neighbours', async () => {
  const sink = memorySink();
  sink.answer = (batch) => (textsOf(batch).includes('{"n":7}') ? { refused: '400 InvalidRow' } : 'accepted');
  expect(await send(sink, SAMPLE_TABLE, rowsOf(50))).toEqual([
    { row: '{"n":7}', cause: 'refused', detail: 'the workspace refuses the row: 400 InvalidRow' },
  ]);
  expect(sink.rows).toHaveLength(49);
});

test('blames no row where every one is refused, and does not send each of them alone', async () => {
  const sink = memorySink();
  sink.answer = () => ({ refused: '400' });
  await expect(send(sink, SAMPLE_TABLE, rowsOf(1_000))).rejects.toThrow(
    /sending to Sample_CL: the workspace refuses the row: 400, and every other one too/,
  );
  expect(sink.batches.length).toBeLessThan(100);
  await expect(send(sink, SAMPLE_TABLE, rowsOf(1))).rejects.toThrow(ContractError);
});

test('throws the error of the sink once no batch is in flight', async () => {
  const sink = memorySink({ maxBatchBytes: 20 });
  let flying = 0;
  sink.answer = async (_, call) => {
    flying++;
    await new Promise((resolve) => setImmediate(resolve));
    if (call === 1) await new Promise((resolve) => setImmediate(resolve));
    flying--;
    return call === 0 ? new UnavailableError('sending: 503.') : 'accepted';
  };
  await expect(send(sink, SAMPLE_TABLE, rowsOf(50))).rejects.toThrow(UnavailableError);
  expect([flying, sink.batches.length]).toEqual([0, 4]);
});

test('throws the first of two errors', async () => {
  const sink = memorySink({ maxBatchBytes: 20 });
  sink.answer = (_, call) => new Error(`failure ${call}`);
  await expect(send(sink, SAMPLE_TABLE, rowsOf(50))).rejects.toThrow('failure 0');
});
