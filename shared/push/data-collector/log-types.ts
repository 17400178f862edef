import type { SourceId } from '../../contract/checkpoint';
import type { Clock } from '../../contract/run';
import { isDataCollector } from '../../values/source-kind';

/**
 * Most Log-Types that are accepted: the limit of custom tables in a workspace. Each Log-Type becomes one table.
 * @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces
 */
export const MAX_LOG_TYPES = 500;
/** How often, at the limit, the stored Log-Types are listed again: one may have been removed. */
const LOOK_EVERY_MS = 60_000;

/** The known Log-Types. */
export interface LogTypes {
  /** True for a known Log-Type, and for a new one below {@link MAX_LOG_TYPES}. @throws UnavailableError */
  isAllowed(logType: string): Promise<boolean>;
}

/**
 * Caches the known Log-Types, and lists the stored ones when it meets an unknown one. Processes that accept new Log-Types at
 * the same moment may together exceed the limit by these.
 * @param list every source of the spool
 */
export function createLogTypes(list: () => AsyncIterable<SourceId>, clock: Clock): LogTypes {
  let known = new Set<string>();
  let lookAt = -Infinity;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const before = new Set(known);
    const found = new Set<string>();
    for await (const id of list()) if (isDataCollector(id)) found.add(id.source);
    // A Log-Type that was allowed meanwhile may not be stored yet.
    for (const logType of known) if (!before.has(logType)) found.add(logType);
    known = found;
    lookAt = known.size < MAX_LOG_TYPES ? -Infinity : clock.now().getTime() + LOOK_EVERY_MS;
  };

  return {
    async isAllowed(logType) {
      if (known.has(logType)) return true;
      if (clock.now().getTime() >= lookAt) {
        looking ??= look().finally(() => void (looking = undefined));
        await looking;
      }
      if (!known.has(logType) && known.size >= MAX_LOG_TYPES) return false;
      known.add(logType);
      return true;
    },
  };
}
