import { ContractError } from '../contract/errors';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { yieldToEventLoop } from '../values/cooperative';
import { cutBatches, halve, type Cut, type Encoded, type PausedRows } from './batch';

/** Batches that are sent at once. */
const CONCURRENCY = 4;
/** When this many rows were refused alone and none was accepted, the rows are not the cause. */
const MAX_REFUSED_ALONE = 8;

/** A row that the sink refuses even alone. */
export interface Refusal<T> {
  readonly row: T;
  readonly cause: 'too-large' | 'refused';
  /** A sentence without a full stop. Never quotes the record. */
  readonly detail: string;
}

/**
 * Sends rows of one table, and reads them as they can be sent. A batch that is too large or refused is halved, so that one
 * bad row fails alone. Resolves once the sink has accepted every row except those returned, which it refuses even alone:
 * they become dead letters.
 * @throws ContractError when the sink refuses rows and accepts none: then no single row is the cause
 * @throws what the sink throws, once all batches have ended; which rows arrived is then unknown
 */
export async function send<T>(sink: Sink, table: Table, rows: PausedRows<T>): Promise<Refusal<T>[]> {
  const nextCut = inTurn(cutBatches(rows, sink.limits.maxBatchBytes));
  const halves: Cut<T>[] = [];
  const refusals: Refusal<T>[] = [];
  let accepted = 0;
  let failed: { readonly error: unknown } | undefined;
  const hasFailed = (): boolean => failed !== undefined;
  const next = async (): Promise<Cut<T> | undefined> =>
    hasFailed() ? undefined : (halves.pop() ?? (await nextCut(hasFailed)));

  const work = async (): Promise<void> => {
    for (let batch = await next(); batch !== undefined; batch = await next()) {
      try {
        const answer = await sink.send(table, batch);
        const [row] = batch.rows;
        if (answer === 'accepted') accepted += batch.count;
        else if (batch.count > 1) halves.push(...halve(batch).reverse());
        else if (row !== undefined) refusals.push(refusal(row, answer));
        if (accepted === 0 && refusals.length >= MAX_REFUSED_ALONE) refuseAll(table, refusals);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  if (failed !== undefined) throw failed.error;
  if (accepted === 0) refuseAll(table, refusals);
  return refusals;
}

/** Serves batches to several workers, one at a time. Other work runs in the pauses while a batch is made. */
function inTurn<T>(
  batches: Iterator<Cut<T> | undefined, void>,
): (isOver: () => boolean) => Promise<Cut<T> | undefined> {
  let turn: Promise<unknown> = Promise.resolve();
  const make = async (isOver: () => boolean): Promise<Cut<T> | undefined> => {
    for (;;) {
      if (isOver()) return undefined;
      const step = batches.next();
      if (step.done === true) return undefined;
      if (step.value !== undefined) return step.value;
      await yieldToEventLoop();
    }
  };
  return (isOver) => {
    const mine = turn.then(() => make(isOver));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

function refusal<T>(row: T, answer: 'too-large' | { readonly refused: string }): Refusal<T> {
  return answer === 'too-large'
    ? { row, cause: 'too-large', detail: 'the workspace refuses the row as too large' }
    : { row, cause: 'refused', detail: `the workspace refuses the row: ${answer.refused}` };
}

/** Throws when any row was refused: the sink may refuse everything. A row that is too large fails by itself. */
function refuseAll(table: Table, refusals: readonly Refusal<unknown>[]): void {
  const refused = refusals.find(({ cause }) => cause === 'refused');
  if (refused === undefined) return;
  throw new ContractError(
    `sending to ${table.name}: ${refused.detail}, and every other one too. Compare the table's columns with those of the data collection rule and of the workspace.`,
  );
}

/** Sends a page's rows to their table, and late rows to the late table if there is one. @see send */
export async function sendRows<T extends { readonly late: boolean }>(
  sink: Sink,
  table: Table,
  lateTable: string | undefined,
  rows: PausedRows<T>,
): Promise<Refusal<T>[]> {
  if (lateTable === undefined) return send(sink, table, rows);
  const late: Encoded<T>[] = [];
  const others = function* (): Generator<Encoded<T> | undefined> {
    for (const each of rows) {
      if (each?.row.late === true) late.push(each);
      else yield each;
    }
  };
  const refusals = await send(sink, table, others());
  return [...refusals, ...(await send(sink, { ...table, name: lateTable }, late))];
}
