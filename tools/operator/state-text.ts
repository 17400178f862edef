import { alignedTable } from '../../local/start/aligned-table';
import type { SourceState } from './admin-session';
import { formatId } from '../../shared/contract/checkpoint';
import type { SpoolStatus } from '../../shared/admin';

/** A state is cut to this width, so that the table fits 120 columns even with the longest source id. */
const STATE_WIDTH = 20;

/** The stored state of every source, in tables of at most 120 columns. Every record is in exactly one count. */
export function statesText(states: readonly SourceState[], spooled: readonly SpoolStatus[]): string {
  const tables = [
    ...(states.length === 0 ? [] : [countsTable(states), progressTable(states)]),
    ...(spooled.length === 0 ? [] : [spoolTable(spooled), ...spooled.flatMap(blockedLines)]),
  ];
  return tables.length === 0 ? 'Nothing has run yet.' : tables.join('\n\n');
}

/** fetched = accepted + duplicate + filtered + dead + pending. */
function countsTable(states: readonly SourceState[]): string {
  const head = ['source', 'fetched', 'accepted', 'duplicate', 'filtered', 'dead', 'pending', 'state'];
  const body = states.map((one) => {
    const { accepted, deadLettered, duplicate, fetched, filtered, pending } = one.checkpoint?.ledger ?? {};
    const counts = [fetched, accepted, duplicate, filtered, deadLettered, pending];
    return [formatId(one), ...counts.map((count) => String(count ?? '-')), stateOf(one)];
  });
  return alignedTable(head, body, ['source', 'state']);
}

function stateOf({ checkpoint, pause, problem }: SourceState): string {
  if (problem !== undefined) return 'damaged';
  if (pause !== undefined) return shortened(`paused by ${pause.by}`);
  return checkpoint?.unfinished === true ? 'unfinished' : 'caught up';
}

/** The progress of each source, and who holds its lease. */
function progressTable(states: readonly SourceState[]): string {
  const head = ['source', 'newest event', 'saved', 'open windows', 'lease'];
  const body = states.map((one) => {
    const { boundary, savedAt, windows } = one.checkpoint ?? {};
    return [
      formatId(one),
      time(boundary?.time),
      time(savedAt),
      String(windows?.open.length ?? '-'),
      one.lease.isHeld ? shortened(`held, ${one.lease.lastWriter ?? 'unknown'}`) : 'free',
    ];
  });
  return alignedTable(head, body, ['source', 'newest event', 'saved', 'lease']);
}

/** stored = delivered + duplicate + filtered + dead + pending. */
function spoolTable(spooled: readonly SpoolStatus[]): string {
  const head = ['pushed to', 'stored', 'delivered', 'duplicate', 'filtered', 'dead', 'pending', 'state'];
  const body = spooled.map(({ ledger, problem, waiting, ...id }) => {
    const { dead, delivered, duplicate, filtered, pending, stored } = ledger;
    const counts = [stored, delivered, duplicate, filtered, dead, pending].map(String);
    const state =
      problem !== undefined
        ? 'damaged'
        : waiting !== undefined
          ? 'waits'
          : pending > 0
            ? 'on its way'
            : 'all delivered';
    return [formatId(id), ...counts, state];
  });
  return alignedTable(head, body, ['pushed to', 'state']);
}

function blockedLines({ oldest, waiting, ...id }: SpoolStatus): string[] {
  return [
    ...(oldest === undefined ? [] : [`${formatId(id)}: the oldest pending body arrived ${time(oldest)}`]),
    ...(waiting === undefined
      ? []
      : [`${formatId(id)}: waiting since ${time(waiting.since)}: ${waiting.reason}`]),
  ];
}

function shortened(text: string): string {
  return text.length > STATE_WIDTH ? `${text.slice(0, STATE_WIDTH - 1)}…` : text;
}

/** To the second, UTC. */
function time(iso: string | undefined): string {
  return iso?.replace(/(?:\.\d+)?Z$/, 'Z').replace('T', ' ') ?? '-';
}
