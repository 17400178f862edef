import { ContractError } from '../contract/errors';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { yieldToEventLoop } from '../values/cooperative';
import { cutBatches, halve, type Cut, type Encoded, type PausedRows } from './batch';

/** How many batches are on their way at once. */
const CONCURRENCY = 4;
/** After so many rows were refused alone and none was accepted, it is not the rows. */
const MAX_REFUSED_ALONE = 8;

/** A row that the sink does not take even alone. */
export interface Refusal<T> {
  readonly row: T;
  readonly cause: 'too-large' | 'refused';
  /** One sentence without its end. Never the record's content. */
  readonly detail: string;
}

/**
 * Sends rows of one table; they are asked for as there is room. Resolves when the sink has accepted every one of
 * them but those returned: rows that it does not take even alone, and which are therefore dead letters. What is too
 * large or refused together is halved, so that one bad row costs only itself.
 * @throws ContractError when the sink refuses rows and accepts none: then it is not one row's fault
 * @throws what the sink throws, once no batch is on its way any more; which rows arrived is then unknown
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

/** Batches for several who ask: one after another has a batch made, and everything else goes on in its pauses. */
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

/** A row that is too large is so by itself; one that is refused may be so because nothing is taken here. */
function refuseAll(table: Table, refusals: readonly Refusal<unknown>[]): void {
  const refused = refusals.find(({ cause }) => cause === 'refused');
  if (refused === undefined) return;
  throw new ContractError(
    `sending to ${table.name}: ${refused.detail}, and so it does with every other one. Compare the table's columns with those of the data collection rule and of the workspace.`,
  );
}

/** Sends a page's rows to their table, the late ones to another where there is one. @see send */
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
