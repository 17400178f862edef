import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { Clock, RunReport } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { StreamColumns, Streams, TablePlan } from '../contract/workspace';

/**
 * How long a column that was added to a stream is not used yet: a change works within a quarter of an hour, and until
 * then the service drops it without a word.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/tutorial-logs-ingestion-api
 */
const SETTLING_MS = 30 * 60_000;

/** The columns that a stream takes at a moment; `undefined` where nobody has said. */
export function acceptedAt(known: StreamColumns | undefined, now: Date): ReadonlySet<string> | undefined {
  if (known === undefined) return undefined;
  const settled = Object.entries(known.columns).filter(([, from]) => new Date(from) <= now);
  return new Set(settled.map(([name]) => name));
}

/** What is known of a stream, as an act tells of it. */
export function columnsOf(known: StreamColumns | undefined): Json {
  return known === undefined ? null : { columns: Object.keys(known.columns) };
}

/** What is known of a stream once its plan has been carried out. */
export function streamColumnsAfter(
  { streamAdded, streamColumns }: Pick<TablePlan, 'streamAdded' | 'streamColumns'>,
  before: StreamColumns | undefined,
  now: Date,
): StreamColumns {
  const settled = new Date(now.getTime() + SETTLING_MS);
  const from = (name: string): string =>
    before?.columns[name] ?? (streamAdded.includes(name) ? settled : now).toISOString();
  const columns = Object.keys(streamColumns).map((name) => [name, from(name)] as const);
  return { ...before, version: 1, columns: Object.fromEntries(columns) };
}

/** Says which columns of a row its sink does not take. */
export type UnacceptedColumns = (row: Readonly<Record<string, Json>>) => readonly string[];

const nothing: UnacceptedColumns = () => [];

/** The columns that a stream does not take; none where nobody has said what it does, and where it takes no `AdditionalFields` either. */
export function unacceptedBy(taken: ReadonlySet<string> | undefined): UnacceptedColumns {
  if (taken?.has('AdditionalFields') !== true) return nothing;
  return (row) => Object.keys(row).filter((name) => !taken.has(name));
}

/**
 * Puts columns that are left out into `AdditionalFields`, under their names; with a hyphen behind it where something
 * there has that name already. @param row changed in place @returns the columns whose values were put there
 */
export function keepInAdditionalFields(
  row: Record<string, Json>,
  leftOut: UnacceptedColumns,
): readonly string[] {
  const all: string[] = [];
  for (let moved = leftOut(row); moved.length > 0; moved = leftOut(row)) {
    const kept = new Map(Object.entries(row['AdditionalFields'] ?? {}));
    for (const name of moved) {
      kept.set(kept.has(name) ? `${name}-` : name, row[name] ?? null);
      delete row[name];
    }
    row['AdditionalFields'] = Object.fromEntries(kept);
    all.push(...moved);
  }
  return all;
}

/**
 * A sink that keeps in `AdditionalFields` what it does not take.
 * @param leftOut by table @param left gets the columns that were kept so: the declared ones, not those that records name
 */
export function adaptToStream(
  sink: Sink,
  leftOut: ReadonlyMap<string, UnacceptedColumns>,
  left: Set<string>,
): Sink {
  return {
    ...sink,
    adapt(table, row) {
      const moved = keepInAdditionalFields(row, leftOut.get(table.name) ?? nothing);
      if (table.classic !== true) for (const name of moved) left.add(name);
    },
  };
}

/**
 * The same for a run: asks once what the streams of a table and of its late rows take, and nothing where the sink makes
 * columns. @throws UnavailableError
 */
export async function adaptToStreams(
  sink: Sink,
  [table, lateTable = table]: readonly [table: string, lateTable: string | undefined],
  { clock, left, streams }: { readonly clock: Clock; readonly left: Set<string>; readonly streams: Streams },
): Promise<Sink> {
  if (sink.name !== 'logs-ingestion') return sink;
  const now = clock.now();
  const known = [...new Set([table, lateTable])].map(
    async (name) => [name, unacceptedBy(acceptedAt(await streams.read(name), now))] as const,
  );
  return adaptToStream(sink, new Map(await Promise.all(known)), left);
}

/** A report that says which columns were kept so; as it is where there are none. */
export function withOverflowColumns(report: RunReport, left: ReadonlySet<string>): RunReport {
  return left.size === 0 ? report : { ...report, leftColumns: [...left].sort() };
}

/** A sink that sends nothing to a stream of which nobody has said what it takes: it would drop the rest without a word. */
export function onlyKnownStreams(sink: Sink, taken: ReadonlySet<string> | undefined): Sink {
  if (taken?.has('AdditionalFields') === true) return sink;
  const why =
    taken === undefined
      ? 'the columns of its stream are not known'
      : 'its stream does not accept AdditionalFields yet, which takes half an hour after it was added';
  return {
    ...sink,
    send: (table) =>
      Promise.reject(
        new SettingError(
          `sending to ${table.name}: ${why}, and the service silently drops values without a column. Run "npx tributary tables --apply ${table.name}".`,
          { missing: 'stream' },
        ),
      ),
  };
}
