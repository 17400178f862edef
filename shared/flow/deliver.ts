import { EMPTY_LEDGER, type SourceId } from '../contract/checkpoint';
import { ContractError, SettingError, UnavailableError, isNamedError } from '../contract/errors';
import type { Clock, DeadLetter, DeadLetters, Log, RunReport } from '../contract/run';
import type { Sink } from '../contract/sink';
import type {
  HeldSpool,
  Remainder,
  Spool,
  SpoolBlob,
  SpoolTotals,
  SpooledBody,
  Waiting,
} from '../contract/spool';
import type { Table } from '../contract/table';
import type { BodyFormat, FormattedBody, PushedRow } from './classic';
import { letter } from './row';
import { send } from './send';

/** What one round takes out of the spool: enough for full batches, little enough for memory. */
const ROUND_BYTES = 8 * 1024 * 1024;
const ROUND_BLOBS = 128;
/** Blobs that are read at once. */
const READ_AT_ONCE = 8;
/** A body that has failed so often for a reason of its own is kept as a dead letter. */
const MAX_FAILURES = 5;
/** When what failed for a reason of its own is tried again. */
const FAILED_RETRY_MS = 60_000;
/** When a workspace that is not there, or not ready for the table, is tried again. */
const WAIT_MS: Readonly<Record<Waiting['reason'], number>> = {
  unavailable: 30_000,
  'table-missing': 60_000,
  setting: 60_000,
};

/** Everything that one delivery of one source may use. */
export interface DeliverRun {
  readonly id: SourceId;
  readonly runId: string;
  readonly table: Table;
  /** After this it ends with the round it is at. */
  readonly deadline: Date;
  readonly spool: Spool;
  readonly deadLetters: DeadLetters;
  /** Made for this run; its requests end with `signal`. @throws SettingError */
  readonly connect: (signal: AbortSignal) => Sink;
  readonly format: (known: SpoolTotals['columns'], sink: Sink) => BodyFormat;
  readonly clock: Clock;
  readonly log: Log;
}

/** How a delivery ended. */
export interface Delivery {
  /** Absent where it is not yet time to try again. */
  readonly report?: RunReport;
  /** When the next one is wanted; absent: when something is pushed. */
  readonly againInMs?: number;
}

/** A body on its way, beside its blob. */
interface Item {
  readonly blob: SpoolBlob;
  readonly body: SpooledBody;
  readonly formatted: FormattedBody;
}

/** What became of a round's bodies. */
interface Round {
  /** Sent, but for the rows that no call could hold. */
  readonly sent: readonly { readonly item: Item; readonly refused: readonly PushedRow[] }[];
  /** Failed for a reason of their own, which never quotes them. */
  readonly failed: readonly { readonly blob: SpoolBlob; readonly body: SpooledBody; readonly why: string }[];
}

/**
 * Delivers one source's spool, oldest first, until nothing is left or the run is out of time. Delivers at least once:
 * what is sent is counted and settled in one write, and only then leaves the spool. A workspace that is not there is
 * waited for, however long. Never throws: what went wrong is in the report, and what was not delivered stays.
 */
export async function deliver(run: DeliverRun): Promise<Delivery> {
  const delivery = await deliverOnce(run);
  if (delivery.report?.outcome !== 'caught-up') return delivery;
  // What was stored while the lease was still held met it busy, and nobody else comes for it.
  const isMore = (await takeRound(run).catch(() => [])).length > 0;
  return isMore ? { ...delivery, againInMs: 0 } : delivery;
}

async function deliverOnce(run: DeliverRun): Promise<Delivery> {
  const startedAt = run.clock.now();
  const tally = { ...EMPTY_LEDGER, rounds: 0 };
  let held: HeldSpool | undefined;
  const report = (outcome: RunReport['outcome'], error?: Error): RunReport => ({
    ...run.id,
    fetched: tally.fetched,
    accepted: tally.accepted,
    duplicate: 0,
    filtered: 0,
    deadLettered: tally.deadLettered,
    pending: tally.fetched - tally.accepted - tally.deadLettered,
    runId: run.runId,
    table: run.table.name,
    pages: tally.rounds,
    drifted: 0,
    startedAt: startedAt.toISOString(),
    durationMs: run.clock.now().getTime() - startedAt.getTime(),
    outcome,
    ...(error === undefined ? {} : { error: { name: error.name, message: error.message } }),
  });
  try {
    const answer = await run.spool.hold(run.id);
    if (answer === 'busy') return { report: report('busy') };
    held = answer;
    const { retryAt } = held.totals.waiting ?? {};
    if (retryAt !== undefined && startedAt < new Date(retryAt)) return {};
    return await deliverHeld(run, held, tally, report);
  } catch (error) {
    const cause = held?.lost.aborted === true ? (held.lost.reason as unknown) : error;
    const reason = cause instanceof Error ? cause : new Error(String(cause));
    if (!isNamedError(reason))
      run.log.error({ ...run.id, runId: run.runId, stack: reason.stack }, 'unexpected error');
    return { report: report('failed', reason) };
  } finally {
    await held?.release();
  }
}

type Tally = { fetched: number; accepted: number; deadLettered: number; rounds: number };

async function deliverHeld(
  run: DeliverRun,
  held: HeldSpool,
  tally: Tally,
  report: (outcome: RunReport['outcome'], error?: Error) => RunReport,
): Promise<Delivery> {
  const { clock } = run;
  let againInMs: number | undefined;
  let format: BodyFormat | undefined;
  try {
    const sink = run.connect(held.lost);
    format = run.format(held.totals.columns, sink);
    for (;;) {
      const blobs = await takeRound(run);
      if (blobs.length === 0) break;
      const hasFailed = await deliverRound(run, held, { blobs, sink, format, tally });
      if (hasFailed) againInMs = FAILED_RETRY_MS;
      if (clock.now() >= run.deadline) return { report: report('out-of-time'), againInMs: 0 };
    }
    return { report: report('caught-up'), ...(againInMs === undefined ? {} : { againInMs }) };
  } catch (error) {
    const waiting = held.lost.aborted ? undefined : waitFor(error, held.totals.waiting, clock.now());
    if (waiting === undefined) throw error;
    // Its columns too: whoever makes the table needs to know them.
    const columns = { ...held.totals.columns, ...format?.columns() };
    await held.save({ ...held.totals, settled: {}, columns, waiting });
    const waitMs = Date.parse(waiting.retryAt) - clock.now().getTime();
    return { report: report('failed', error as Error), againInMs: Math.max(0, waitMs) };
  }
}

/** The oldest blobs that are not waiting for another try. */
async function takeRound({ clock, id, spool }: DeliverRun): Promise<SpoolBlob[]> {
  const now = clock.now();
  const blobs: SpoolBlob[] = [];
  let bytes = 0;
  for await (const blob of spool.blobs(id)) {
    if (blob.failedAt !== undefined && now.getTime() < Date.parse(blob.failedAt) + FAILED_RETRY_MS) continue;
    if (blobs.length > 0 && bytes + blob.bytes > ROUND_BYTES) break;
    bytes += blob.bytes;
    if (blobs.push(blob) === ROUND_BLOBS) break;
  }
  return blobs;
}

/** The walk of pushed records: take, format, send, count and settle. @returns true when something is left to try again */
async function deliverRound(
  run: DeliverRun,
  held: HeldSpool,
  {
    blobs,
    format,
    sink,
    tally,
  }: {
    readonly blobs: readonly SpoolBlob[];
    readonly format: BodyFormat;
    readonly sink: Sink;
    readonly tally: Tally;
  },
): Promise<boolean> {
  const { failed, items } = await formatAll(held, blobs, format);
  const records = items.reduce((sum, { body }) => sum + body.records, 0);
  tally.fetched += failed.reduce((sum, { body }) => sum + body.records, records);
  const round = await sendAll(sink, run.table, items);
  const all = { sent: round.sent, failed: [...failed, ...round.failed] };
  const counts = await bury(all, run, tally.rounds);
  const settled = settle(blobs, all.failed, run.clock.now());
  const { waiting: _, ...totals } = held.totals;
  await held.save({
    ...totals,
    delivered: totals.delivered + counts.accepted,
    dead: totals.dead + counts.deadLettered,
    settled,
    keys: countKeys(totals.keys, all),
    columns: { ...totals.columns, ...format.columns() },
  });
  tally.rounds++;
  tally.accepted += counts.accepted;
  tally.deadLettered += counts.deadLettered;
  return Object.values(settled).some(({ left }) => left?.length !== 0);
}

/** Reads and formats every body that is left; one that cannot be formatted fails alone. */
async function formatAll(
  held: HeldSpool,
  blobs: readonly SpoolBlob[],
  { format }: BodyFormat,
): Promise<{ readonly items: readonly Item[]; readonly failed: Round['failed'] }> {
  const items: Item[] = [];
  const failed: Round['failed'][number][] = [];
  for (let at = 0; at < blobs.length; at += READ_AT_ONCE) {
    const some = blobs.slice(at, at + READ_AT_ONCE);
    const read = await Promise.all(some.map(async (blob) => ({ blob, bodies: await held.read(blob) })));
    for (const { blob, bodies } of read) {
      for (const body of bodies) {
        try {
          items.push({ blob, body, formatted: format(body) });
        } catch (error) {
          failed.push({ blob, body, why: `reading the body: ${(error as Error).name}` });
        }
      }
    }
  }
  return { items, failed };
}

/** Sends everything together; where the workspace refuses that, each body alone, to find out whose reason it is. */
async function sendAll(sink: Sink, table: Table, items: readonly Item[]): Promise<Round> {
  try {
    return { sent: await sendTogether(sink, table, items), failed: [] };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
  }
  const sent: Round['sent'][number][] = [];
  const failed: Round['failed'][number][] = [];
  for (const item of items) {
    try {
      sent.push(...(await sendTogether(sink, table, [item])));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      failed.push({ blob: item.blob, body: item.body, why: error.message });
    }
  }
  return { sent, failed };
}

async function sendTogether(sink: Sink, table: Table, items: readonly Item[]): Promise<Round['sent']> {
  const rows = function* (): Generator<PushedRow> {
    for (const { formatted } of items) yield* formatted.rows;
  };
  const refused = new Set(await send(sink, table, rows()));
  return items.map((item) => ({
    item,
    refused: refused.size === 0 ? [] : item.formatted.rows.filter((row) => refused.has(row)),
  }));
}

/** Makes a round's dead letters durable, in one blob, and counts what became of every record. */
async function bury(
  { failed, sent }: Round,
  run: DeliverRun,
  round: number,
): Promise<{ readonly accepted: number; readonly deadLettered: number }> {
  const letters: DeadLetter[] = [];
  let [accepted, deadLettered] = [0, 0];
  for (const { item, refused } of sent) {
    const { letters: own, rows } = item.formatted;
    const tooLarge = refused.map(({ record }) =>
      letter('too-large', 'the workspace refuses the row as too large', record),
    );
    const isRefused = new Set(refused);
    const truncated = rows.flatMap((row) => (isRefused.has(row) ? [] : (row.truncated ?? [])));
    letters.push(...own, ...tooLarge, ...truncated);
    deadLettered += own.length + refused.length;
    accepted += item.body.records - own.length - refused.length;
  }
  for (const { blob, body, why } of failed) {
    if (blob.failures + 1 < MAX_FAILURES) continue;
    letters.push({
      cause: 'body-set-aside',
      detail: `delivering it failed ${MAX_FAILURES} times: ${why}`,
      record: new TextDecoder().decode(body.bytes),
    });
    deadLettered += body.records;
  }
  if (letters.length > 0) await run.deadLetters.put(run.id, { runId: run.runId, page: round }, letters);
  return { accepted, deadLettered };
}

/** What each blob of a round is from now on: gone, or what is left of it. */
function settle(
  blobs: readonly SpoolBlob[],
  failed: Round['failed'],
  now: Date,
): Readonly<Record<string, Remainder>> {
  return Object.fromEntries(
    blobs.map((blob) => {
      const left = failed.filter((one) => one.blob === blob).map(({ body }) => body);
      const failures = blob.failures + 1;
      if (left.length === 0 || failures >= MAX_FAILURES)
        return [blob.name, { records: 0, left: [], failures: blob.failures }];
      const records = left.reduce((sum, body) => sum + body.records, 0);
      const places = left.map(({ place }) => place);
      return [blob.name, { records, left: places, failures, failedAt: now.toISOString() }];
    }),
  );
}

function countKeys(keys: SpoolTotals['keys'], { failed, sent }: Round): SpoolTotals['keys'] {
  const counts: Record<string, number> = { ...keys };
  const done = [
    ...sent.map(({ item }) => item.body),
    ...failed.filter(({ blob }) => blob.failures + 1 >= MAX_FAILURES).map(({ body }) => body),
  ];
  for (const { key, records } of done) if (key !== undefined) counts[key] = (counts[key] ?? 0) + records;
  return counts;
}

/** What to wait for after an error that no body is to blame for; `undefined` where waiting mends nothing. */
function waitFor(error: unknown, before: Waiting | undefined, now: Date): Waiting | undefined {
  const reason =
    error instanceof UnavailableError
      ? 'unavailable'
      : error instanceof SettingError
        ? error.missing === 'stream'
          ? 'table-missing'
          : 'setting'
        : undefined;
  if (reason === undefined) return undefined;
  const waitMs = (error instanceof UnavailableError ? error.retryAfterMs : undefined) ?? WAIT_MS[reason];
  return {
    reason,
    message: (error as Error).message,
    since: before?.reason === reason ? before.since : now.toISOString(),
    retryAt: new Date(now.getTime() + waitMs).toISOString(),
  };
}
