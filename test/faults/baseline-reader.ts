/** An event of a vendor: when it happened, and when it could first be read. */
export interface PublishedEvent {
  readonly timeMs: number;
  readonly atMs: number;
}

const INTERVAL_MS = 5 * 60_000;
const DELAY_MS = 10 * 60_000;
/** The reader goes on this long after the last event is published: by then it finds nothing more. */
const AFTER_MS = 2 * 3_600_000;

/**
 * How many events a common reader loses: every five minutes it asks for events from one second after the newest event
 * it has seen until ten minutes before now. Pure.
 */
export function lostByBaseline(events: readonly PublishedEvent[]): number {
  if (events.length === 0) return 0;
  const read = new Set<PublishedEvent>();
  const endMs = Math.max(...events.map(({ atMs }) => atMs)) + AFTER_MS;
  let sinceMs = Math.min(...events.map(({ timeMs }) => timeMs));
  for (let nowMs = sinceMs; nowMs <= endMs; nowMs += INTERVAL_MS) {
    const shown = events.filter(
      ({ atMs, timeMs }) => atMs <= nowMs && timeMs >= sinceMs && timeMs <= nowMs - DELAY_MS,
    );
    for (const event of shown) read.add(event);
    if (shown.length > 0) sinceMs = Math.max(...shown.map(({ timeMs }) => timeMs)) + 1_000;
  }
  return events.length - read.size;
}
