/* Facts that both the client and the server of a query need, without loading the database, which takes long. */

/** @see https://learn.microsoft.com/azure/azure-monitor/service-limits */
export const QUERY_TIMEOUT_MS = 60_000;

/**
 * The memory limit of a query's process. It ends itself at this resident size; on Linux the system refuses allocations beyond
 * it too.
 */
export const MAX_PROCESS_BYTES = 3_000_000_000;

/** The error after the time limit. */
export const ENDED = 'running the query: it took too long and was stopped; narrow it';
export const TOO_LARGE = 'running the query: it exceeded its memory limit; narrow it';
