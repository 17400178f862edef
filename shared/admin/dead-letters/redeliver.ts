import { randomUUID } from 'node:crypto';
import { formatId, type SourceId } from '../../contract/checkpoint';
import { ContractError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import type { DeadLetterPage, StoredDeadLetter } from '../../contract/operator';
import type { DeadLetter } from '../../contract/run';
import type { Sink } from '../../contract/sink';
import type { SpoolCounters } from '../../contract/spool';
import type { Table } from '../../contract/table';
import type { BodyFormat } from '../../push/body-format';
import { formatDeadLetter, splitBody } from '../../push/batch-dead-letters';
import type { Encoded } from '../../rows/batch';
import {
  compileRecordFormat,
  type FormatOptions,
  type FormattedRow,
  type FormattedSource,
} from '../../rows/format-page';
import { noteInvalidUtf8 } from '../../values/json/invalid-utf8';
import { sendRows } from '../../rows/send-rows';
import { adaptToStreams } from '../../rows/stream-columns';
import { readSink } from '../../sink/sink';
import { runCooperatively, pauseMeter } from '../../values/cooperative';
import { readJson } from '../../values/json/incremental-parse';
import { dedupAtWatermark, type WatermarkDedupPass } from '../../windows/watermark';
import { recordEvent, type AdminContext } from '../admin-context';
import { withCounts, withPageCounts, type EndedDeadLetters } from './counts';
import { readPage, type DeadLetterFilter } from './list';

/** Time limit of one redelivery; the next one continues. */
const BUDGET_MS = 10 * 60_000;

/** The outcomes of the chosen dead letters. */
export interface Redelivered {
  readonly accepted: number;
  /** Rejected by the source's `keep` or by its DROP setting as they are now. */
  readonly filtered: number;
  /** Still dead letters: the current code and settings cannot deliver them either. */
  readonly remaining: number;
  /** Skipped: their truncated rows are in the table already and would be sent twice. */
  readonly truncated: number;
}

/**
 * Formats and sends dead letters with the current code and settings, under the source's lease. Moves no cursor. One
 * ledger write counts them as accepted or filtered and names them. If a redelivery is interrupted after that write, the
 * next one deletes them; if it is interrupted before, the next one sends them again. None is lost.
 * @returns `busy` while a run or a delivery has the lease
 * @throws SettingError when the source is off; and whatever the sink throws: the dead letters counted before stay counted
 */
export async function redeliver(
  context: AdminContext,
  id: SourceId,
  by: string,
  matches: DeadLetterFilter,
): Promise<Redelivered | 'busy'> {
  const route = await resolveRoute(context, id);
  return withCounts(context, id, async (counts) => {
    const before = counts.ledger();
    const format = route.format(counts.columns());
    const send = createSend(context, id, route, format);
    const total = { accepted: 0, filtered: 0, remaining: 0, truncated: 0 };
    try {
      for await (const page of context.state.deadLetters.list(id)) {
        const chosen = (await readPage(context, page)).filter(matches);
        const whole = chosen.filter(({ cause }) => cause !== 'truncated');
        total.truncated += chosen.length - whole.length;
        if (whole.length === 0) continue;
        const records = await splitBodies(context, page, whole, format);
        const done = await withPageCounts(context, page, counts, async (own) => {
          for (let at = 0; at < records.length; at += own.maxNamed) {
            const some = records.slice(at, at + own.maxNamed);
            const { gone, ...ended } = await send(some);
            total.accepted += ended.accepted;
            total.filtered += ended.filtered;
            total.remaining += some.length - gone.length;
            if (gone.length === 0) continue;
            await own.move(ended, { page: page.name, letters: gone });
            await context.state.deadLetters.remove(page, new Set(gone));
          }
        });
        if (done === 'busy') total.remaining += records.length;
      }
    } finally {
      if (total.accepted + total.filtered > 0) {
        const after = { ledger: counts.ledger(), ...total };
        await recordEvent(context, id, { what: 'replay', by, before: { ledger: before }, after });
      }
    }
    return total;
  });
}

/** The outcome of formatting a dead letter: its row, or why it has none. */
type Reformatted = Encoded<Pick<FormattedRow, 'late' | 'truncated'>> | 'filtered' | 'deadLettered';

/** Formats the record of one dead letter. Pauses, and never throws. */
type RecordFormat = (record: Json, kept: StoredDeadLetter) => Generator<undefined, Reformatted, undefined>;

interface RedeliveryFormat {
  /** The body format of a pushed source, whose dead letters may hold a whole body. */
  readonly body?: BodyFormat;
  /** The format of one batch of dead letters. */
  readonly record: () => RecordFormat;
}

/** The sink, tables and row format of a source's dead letters. */
interface RedeliveryRoute {
  readonly sink: Sink;
  readonly table: Table;
  readonly lateTable?: string | undefined;
  readonly format: (columns: SpoolCounters['columns']) => RedeliveryFormat;
}

/** Resolves the route for one redelivery. @throws SettingError when the source is off, or its sink's settings are wrong */
async function resolveRoute(context: AdminContext, id: SourceId): Promise<RedeliveryRoute> {
  const { clock, find, log } = context;
  const startedAt = clock.now();
  const run = {
    who: formatId(id),
    deadline: new Date(startedAt.getTime() + BUDGET_MS),
    signal: AbortSignal.timeout(BUDGET_MS),
    clock,
    log,
  };
  const delivery = await context.deliveryRoute(id);
  if (delivery !== undefined) {
    const sink = delivery.connect(run);
    const format = (columns: SpoolCounters['columns']): RedeliveryFormat => {
      const body = delivery.format(columns, sink);
      return { body, record: () => (record, kept) => formatDeadLetter(body, record, kept) };
    };
    return { sink, table: delivery.table, format };
  }
  const { instance, source } = find(id);
  const { drop, lateTable } = instance.sources.find((one) => one.source === id.source) ?? {};
  const streams = { clock, left: new Set<string>(), streams: context.state.streams };
  const sink = await adaptToStreams(readSink(instance.env)(run), [source.table.name, lateTable], streams);
  const options = { instance: id.instance, startedAt, sink, drop, lateTable };
  const record = (): RecordFormat => pulledRecord(source, options);
  return { sink, table: source.table, lateTable, format: () => ({ record }) };
}

/**
 * Formats the records of a pulled source as a run does. A row keeps the event id of its dead letter, so that a row sent
 * twice can be recognised. Nothing is a duplicate, because a dead letter was never delivered.
 */
export function pulledRecord(source: FormattedSource, options: FormatOptions): RecordFormat {
  const walk = dedupAtWatermark(undefined);
  walk.beginPage(false, options.startedAt.toISOString());
  let eventId: string | undefined;
  const named: WatermarkDedupPass = {
    ...walk,
    checkId: (_, id) => ({ id, duplicate: false }),
    checkHash: (time, hash) => ({ id: eventId ?? walk.checkHash(time, hash).id, duplicate: false }),
  };
  const format = compileRecordFormat(source, options, named);
  return function* (record, kept) {
    ({ eventId } = kept);
    const one = yield* format(record);
    if (one.outcome === 'row') return { text: one.text, row: one.row };
    return one.outcome === 'filtered' ? 'filtered' : 'deadLettered';
  };
}

/** Causes of dead letters that hold no record: a whole body, and bytes that cannot be read. */
const NOT_A_RECORD = new Set<DeadLetter['cause']>(['body-set-aside', 'damaged']);

function* formatAll(
  deadLetters: readonly StoredDeadLetter[],
  toRow: RecordFormat,
): Generator<undefined, Reformatted[], undefined> {
  const outcomes: Reformatted[] = [];
  const isPauseDue = pauseMeter();
  for (const kept of deadLetters) {
    const record = NOT_A_RECORD.has(kept.cause) ? undefined : yield* recordOf(kept);
    outcomes.push(record === undefined ? 'deadLettered' : yield* toRow(record, kept));
    if (isPauseDue(kept.record.length)) yield;
  }
  return outcomes;
}

/** The stored record; `undefined` when it is not JSON. Pauses. */
function* recordOf({ record }: StoredDeadLetter): Generator<undefined, Json | undefined, undefined> {
  try {
    return yield* noteInvalidUtf8(yield* readJson(Buffer.from(record)));
  } catch {
    return undefined;
  }
}

/** Sends dead letters. The whole record of a truncated row is stored as a new dead letter before the row is counted. */
function createSend(
  { log, state }: AdminContext,
  id: SourceId,
  { lateTable, sink, table }: RedeliveryRoute,
  { body, record }: RedeliveryFormat,
): (some: readonly StoredDeadLetter[]) => Promise<EndedDeadLetters & { readonly gone: readonly string[] }> {
  const runId = randomUUID();
  let page = 0;
  return async (some) => {
    const outcomes = await runCooperatively(formatAll(some, record()));
    const encoded = outcomes.filter((one) => typeof one !== 'string');
    const refused = new Set<object>();
    try {
      for (const { row } of await sendRows(sink, table, lateTable, encoded)) refused.add(row);
    } catch (error) {
      // The workspace refuses the whole batch; later dead letters are still sent.
      if (!(error instanceof ContractError)) throw error;
      log.warn({ ...id, letters: encoded.length, reason: error.message }, 'dead letters are refused');
      for (const { row } of encoded) refused.add(row);
    }
    const accepted = encoded.filter(({ row }) => !refused.has(row));
    const cut = accepted.flatMap(({ row }) => row.truncated ?? []);
    if (cut.length > 0) await state.deadLetters.put(id, { runId, page: page++ }, cut);
    const isGone = (one: Reformatted | undefined): boolean =>
      one === 'filtered' || (typeof one === 'object' && !refused.has(one.row));
    return {
      accepted: accepted.length,
      filtered: outcomes.filter((one) => one === 'filtered').length,
      columns: body?.columns() ?? {},
      gone: some.filter((_, at) => isGone(outcomes[at])).map((kept) => kept.id),
    };
  };
}

/** Splits each dead letter that holds a whole body into one per record, in one write. @returns the resulting dead letters */
async function splitBodies(
  { state }: AdminContext,
  page: DeadLetterPage,
  deadLetters: readonly StoredDeadLetter[],
  { body }: RedeliveryFormat,
): Promise<readonly StoredDeadLetter[]> {
  const split = new Map<string, StoredDeadLetter[]>();
  for (const kept of deadLetters) {
    const records = body === undefined ? [] : await runCooperatively(splitBody(body, kept));
    if (records.length > 0) split.set(kept.id, records);
  }
  if (split.size > 0) await state.deadLetters.replace(page, split);
  return deadLetters.flatMap((kept) => split.get(kept.id) ?? [kept]);
}
