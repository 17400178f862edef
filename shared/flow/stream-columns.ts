import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { Sink } from '../contract/sink';
import type { StreamColumns, TablePlan } from '../contract/workspace';

/**
 * How long a column that was added to a stream is not used yet: a change works within a quarter of an hour, and until
 * then the service drops it without a word.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/tutorial-logs-ingestion-api
 */
const SETTLING_MS = 30 * 60_000;

/** The columns that a stream takes at a moment; `undefined` where nobody has said. */
export function takenAt(known: StreamColumns | undefined, now: Date): ReadonlySet<string> | undefined {
  if (known === undefined) return undefined;
  const settled = Object.entries(known.columns).filter(([, from]) => new Date(from) <= now);
  return new Set(settled.map(([name]) => name));
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
export type LeftOut = (row: Readonly<Record<string, Json>>) => readonly string[];

/** The columns that a stream does not take; none where nobody has said what it does. */
export function leftOutOf(taken: ReadonlySet<string> | undefined): LeftOut {
  if (taken === undefined) return () => [];
  return (row) => Object.keys(row).filter((name) => name !== 'AdditionalFields' && !taken.has(name));
}

/**
 * Puts columns that are left out into `AdditionalFields`, under their names; with a hyphen behind it where something
 * there has that name already. @param row changed in place
 */
export function keepInAdditionalFields(row: Record<string, Json>, leftOut: LeftOut): void {
  for (let moved = leftOut(row); moved.length > 0; moved = leftOut(row)) {
    const kept = new Map(Object.entries(row['AdditionalFields'] ?? {}));
    for (const name of moved) {
      kept.set(kept.has(name) ? `${name}-` : name, row[name] ?? null);
      delete row[name];
    }
    row['AdditionalFields'] = Object.fromEntries(kept);
  }
}

/** A sink that sends nothing to a stream of which nobody has said what it takes: it would drop the rest without a word. */
export function onlyKnownStreams(sink: Sink, taken: ReadonlySet<string> | undefined): Sink {
  if (taken?.has('AdditionalFields') === true) return sink;
  const why =
    taken === undefined
      ? 'nothing says which columns its stream takes'
      : 'its stream takes no AdditionalFields yet, which works half an hour after it was added';
  return {
    ...sink,
    send: (table) =>
      Promise.reject(
        new SettingError(
          `sending to ${table.name}: ${why}, and what it does not take is dropped without a word. Run "npx tributary tables --apply ${table.name}".`,
          { missing: 'stream' },
        ),
      ),
  };
}
