import { EMPTY_CHECKPOINT, formatId, type SourceId } from '../contract/checkpoint';
import type { PullContext, PullSource, RawRecord } from '../contract/connector';
import type { Json, JsonObject } from '../contract/json';
import type { DeadLetter, DedupSegments } from '../contract/run';
import { runToEnd } from '../values/cooperative';
import { parseJson } from '../values/json/json';
import { compileDrift, type Drift } from '../rows/drift';
import { compileRecordFormat, type FormatOptions, type FormattedRecord } from '../rows/format-page';
import { oneByOne } from '../pull/prefetch';
import { pages } from '../pull/read-pages';
import type { InTime } from '../pull/read-deadline';
import { createDeduplicator } from '../pull/deduplicate';

/** The outcome of one record. */
export interface RecordPreview {
  readonly record: RawRecord;
  readonly outcome: FormattedRecord['outcome'];
  /** The row as the sink receives it. */
  readonly row?: Readonly<Record<string, Json>>;
  /** Why there is no row, or why the row lacks part of the record. */
  readonly deadLetter?: Pick<DeadLetter, 'cause' | 'detail'>;
  readonly drift: readonly Drift[];
}

/** The outcome of one page. */
export interface PagePreview {
  readonly records: readonly RecordPreview[];
  /** Where the next run would continue after this page. */
  readonly checkpoint: JsonObject;
}

/** The run that a preview simulates. */
export interface PreviewRun extends Omit<FormatOptions, 'instance' | 'startedAt'> {
  readonly id: SourceId;
  readonly context: PullContext;
  /** Bounds each step of the read. */
  readonly inTime: InTime;
}

/** Deduplication state stays in memory. */
const NOTHING: DedupSegments = {
  put: () => Promise.resolve(),
  read: () => Promise.resolve(undefined),
  drop: () => Promise.resolve(),
};

/**
 * Reads a source and formats its pages as a run does, without prefetch. Sends and saves nothing.
 * @throws SettingError | UnavailableError | ContractError as reading the source does
 */
export async function* preview(
  source: PullSource,
  { id, context, inTime, ...options }: PreviewRun,
): AsyncGenerator<PagePreview, void, undefined> {
  const now = context.now ?? (() => context.startedAt);
  const nobody = { warn: () => undefined };
  const parts = { id, runId: 'preview', segments: NOTHING, clock: { now }, log: nobody };
  const recall = createDeduplicator(source, EMPTY_CHECKPOINT, parts);
  const format = compileRecordFormat(
    source,
    { ...options, instance: id.instance, startedAt: context.startedAt },
    recall.pass,
  );
  const driftOf = compileDrift(source);
  const read = pages(source, context, formatId(id));
  for await (const page of oneByOne(read, new AbortController(), inTime)) {
    await recall.beginPage(page);
    const records = page.records.map((record) => ({
      record,
      drift: driftOf(record),
      ...outcomeOf(runToEnd(format(record))),
    }));
    yield { records, checkpoint: page.checkpoint };
  }
}

/** The outcome of a record, as a preview shows it. */
function outcomeOf(one: FormattedRecord): Omit<RecordPreview, 'record' | 'drift'> {
  const why =
    one.outcome === 'deadLettered' ? one.deadLetter : one.outcome === 'row' ? one.row.truncated : undefined;
  const about = why === undefined ? {} : { deadLetter: { cause: why.cause, detail: why.detail } };
  if (one.outcome === 'row')
    return { outcome: 'row', row: parseJson(one.text) as Readonly<Record<string, Json>>, ...about };
  return { outcome: one.outcome, ...about };
}
