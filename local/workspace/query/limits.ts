/* What whoever asks and whoever answers must know of a query, without the database: it takes long to load. */

/** @see https://learn.microsoft.com/azure/azure-monitor/service-limits */
export const QUERY_TIMEOUT_MS = 60_000;

/** What a query's process may take: it ends itself at this resident size. On Linux no allocation passes it either. */
export const MAX_PROCESS_BYTES = 3_000_000_000;

/** Why a query has no answer. */
export const ENDED = 'running the query: it took too long and was stopped; narrow it';
export const TOO_LARGE = 'running the query: it exceeded its memory limit; narrow it';
