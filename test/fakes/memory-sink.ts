import type { Json } from '../../shared/contract/json';
import type { Batch, Sink, SinkLimits } from '../../shared/contract/sink';
import type { Table } from '../../shared/contract/table';
import { parseJson, stringifyJson } from '../../shared/values/json/json';

type Row = Readonly<Record<string, Json>>;
/** The answer to a batch; `undefined` means accepted. */
export type SinkAnswer = Awaited<ReturnType<Sink['send']>> | Error;

/** A sink that stores accepted rows in memory. */
export interface MemorySink extends Sink {
  /** Called with each batch; returns its answer, or nothing to accept it. */
  answer: (batch: Batch, call: number) => SinkAnswer | undefined | Promise<SinkAnswer | undefined>;
  /** Every posted batch, also those that were not accepted. */
  readonly batches: readonly Batch[];
  /** Every row accepted, in order of arrival. */
  readonly rows: readonly Row[];
  /** The most batches in flight at once. */
  readonly atOnce: number;
}

/** By default it accepts a megabyte a call and 64 KB a field. */
export function memorySink(limits: Partial<SinkLimits> = {}): MemorySink {
  const batches: Batch[] = [];
  const rows: Row[] = [];
  let [flying, atOnce] = [0, 0];
  const sink: MemorySink = {
    name: 'logs-ingestion',
    limits: { maxBatchBytes: 1_000_000, maxFieldBytes: 65_536, ...limits },
    batches,
    rows,
    get atOnce() {
      return atOnce;
    },
    answer: () => undefined,
    encode: (_table: Table, row) => stringifyJson(row),
    async send(_table, batch) {
      atOnce = Math.max(atOnce, ++flying);
      try {
        const answer = (await sink.answer(batch, batches.push(batch) - 1)) ?? 'accepted';
        if (answer instanceof Error) throw answer;
        if (answer === 'accepted') rows.push(...(parseJson(batch.body.toString()) as unknown as Row[]));
        return answer;
      } finally {
        flying--;
      }
    },
  };
  return sink;
}
