import type { RawRecord } from '../../shared/contract/connector';
import { ContractError } from '../../shared/contract/errors';
import { preview, type PagePreview } from '../../shared/admin/preview';
import { memorySink } from '../fakes/memory-sink';
import { pullContext, scriptedHttp } from '../fakes/scripted-http';
import { event, scriptedSource, type ScriptOptions, type Step } from '../fakes/scripted-source';
import { nestedRecord } from '../fakes/hostile-records';

const id = { connector: 'acme', instance: 'eu', source: 'alerts' };
const sink = memorySink();

function pagesOf(
  script: readonly Step[],
  options: ScriptOptions = {},
  drop?: (record: RawRecord) => boolean,
) {
  const startedAt = new Date('2026-11-21T12:00:00Z');
  const context = pullContext(scriptedHttp('https://vendor.test', []), { startedAt, now: () => startedAt });
  return preview(scriptedSource(script, options), { id, context, sink, drop, inTime: async (step) => step });
}

async function first(
  script: readonly Step[],
  options?: ScriptOptions,
  drop?: (record: RawRecord) => boolean,
) {
  const { value } = await pagesOf(script, options, drop).next();
  return value as PagePreview;
}

test('shows the outcome of each record of a page, and where the next run would continue', async () => {
  const page = [event('a'), event('a'), null, nestedRecord(101), event('b', 1, { severity: 'high' })];
  const { checkpoint, records } = await first([page]);
  expect(records.map(({ outcome, drift, deadLetter }) => [outcome, deadLetter?.cause, drift.length])).toEqual(
    [
      ['row', undefined, 0],
      ['duplicate', undefined, 0],
      ['deadLettered', 'not-an-object', 0],
      ['deadLettered', 'too-deep', 0],
      ['row', undefined, 1],
    ],
  );
  expect(records.map(({ record }) => record)).toEqual(page);
  expect(checkpoint).toEqual({ delivered: 1 });
});

test('shows a row as the sink would receive it', async () => {
  const { records } = await first([[event('a', 0, { other: 9007199254740993n })]]);
  expect(records[0]?.row).toMatchObject({
    EventId: 'a',
    Instance: 'eu',
    Name: 'event a',
    AdditionalFields: { other: 9007199254740993n },
  });
});

test('says beside a row that it was cut', async () => {
  const [record] = (await first([[event('a', 0, { name: 'x'.repeat(70_000) })]])).records;
  expect(record).toMatchObject({
    outcome: 'row',
    deadLetter: { cause: 'truncated', detail: 'over 65536 bytes: Name' },
  });
  expect(Object.keys(record?.deadLetter ?? {})).toEqual(['cause', 'detail']);
});

test('marks records that a filter drops as filtered', async () => {
  const { records } = await first(
    [[event('a'), event('b')]],
    { keep: (record) => record !== null },
    (record) => JSON.stringify(record).includes('"b"'),
  );
  expect(records.map(({ outcome }) => outcome)).toEqual(['row', 'filtered']);
});

test('prefetches no page, and sends none', async () => {
  const asked: number[] = [];
  const pages = pagesOf([[event('a')], [event('b')]], { onAsk: (page) => void asked.push(page) });
  await pages.next();
  expect(asked).toEqual([0]);
  await pages.next();
  expect(asked).toEqual([0, 1]);
  expect(sink.batches).toEqual([]);
});

test('reports a failing source with the error that a run would report', async () => {
  const failing = pagesOf([new TypeError('no member')]);
  await expect(failing.next()).rejects.toThrow(ContractError);
});
