import { createFaultRules } from './fault-rules';
import { makeCertificate } from './certificate';
import { dataCollector } from './api/data-collector';
import { declareErrorLog } from './error-log';
import { makeHandler } from './endpoint';
import { undeclaredStream, type UndeclaredStream } from './undeclared-stream';
import { makeIngestion } from './api/ingestion';
import { localEndpoints } from './local-endpoints';
import { logsIngestion } from './api/logs-ingestion';
import { runQueryProcess } from './query/process';
import { startServers } from './loopback-servers';
import { openStore, type Store } from './store/store';
import { declareStreams } from './api/streams';
import { createRequestCounts } from './request-counts';
import type { WorkspaceTable } from './store/workspace-table';

export { queryFile } from './query/query';
export type { QueryResult } from './store/rows';
export { workspaceTable, type WorkspaceTable } from './store/workspace-table';

export interface WorkspaceOptions {
  /** Created if missing; `:memory:` stores nothing. */
  readonly databaseFile: string;
  readonly tables: readonly WorkspaceTable[];
  /**
   * The built `local/workspace/query/main.ts`: `POST /query` is then answered in a separate process. Absent for a workspace in
   * memory and on Windows, where no other process can read an open file: this process answers then.
   */
  readonly queryEntry?: string;
  /** `dcr-` and 32 hex digits: the rule of all streams, unless `rules` is set. */
  readonly dcrImmutableId: string;
  /** Several rules instead of one: the stream names of each, by its immutable id. */
  readonly rules?: Readonly<Record<string, readonly string[]>>;
  /** The bearer token that the Logs Ingestion API accepts. */
  readonly token: string;
  /** A GUID. */
  readonly workspaceId: string;
  /** Base64 shared keys of the Data Collector API; each is accepted. */
  readonly workspaceKeys: readonly string[];
  /** @default 0, any free one */
  readonly port?: number;
  /** @default 0, any free one */
  readonly tlsPort?: number;
  readonly now?: () => Date;
  /** True: the first post to `Custom-X_CL`, in any rule, creates the stream and the table. @default false, as in Azure */
  readonly makesTables?: boolean;
}

/** A workspace on this machine: it answers as Azure's two ingestion APIs do and stores the rows in one file. */
export interface Workspace {
  /** @example 'http://127.0.0.1:8450' */
  readonly url: string;
  readonly tlsUrl: string;
  /** The PEM of {@link tlsUrl}'s certificate, which is its own authority and new at each start. */
  readonly caCertificate: string;
  /** The rows of one reading statement. @throws Error for any other statement and for wrong SQL */
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Answers open requests, flushes the file and releases it. A repeated call waits for the first. */
  close(): Promise<void>;
}

/**
 * Opens the database file, creates missing tables and columns, and listens on the loopback address. Accepted rows survive a
 * kill.
 * @throws Error if a port is in use, the file is open elsewhere, or a table cannot be created as declared
 */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const pushed = options.tables.filter(({ isPushed }) => isPushed === true).map(({ name }) => name);
  const store = await openStore(options.databaseFile, new Set(pushed));
  try {
    return await serve(options, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function serve(options: WorkspaceOptions, store: Store): Promise<Workspace> {
  const { token, workspaceId, workspaceKeys } = options;
  const streams = declareStreams(store.catalog, options.tables);
  const errorLog = declareErrorLog(store.catalog);
  await store.write(store.catalog.shapes().map((shape) => ({ shape, rows: [] })));

  const rules = rulesOf(options, [...streams.keys()]);
  const behaviour = createFaultRules();
  const tally = createRequestCounts();
  const seen = new Map<string, UndeclaredStream | undefined>();
  const see = (name: string): UndeclaredStream | undefined => {
    if (!seen.has(name)) seen.set(name, undeclaredStream(store.catalog, name));
    return seen.get(name);
  };
  const made = options.makesTables === true ? { see } : {};
  const apis = [
    logsIngestion({ store, streams, rules, errorLog, token, tenantId: workspaceId, ...made }),
    dataCollector({ store, workspaceId, workspaceKeys }),
  ];
  const handler = makeHandler(
    makeIngestion(apis, behaviour, tally),
    localEndpoints({ query: asker(options, store), behaviour, tally }),
    options.now ?? (() => new Date()),
  );
  const certificate = await makeCertificate();
  const servers = await startServers(handler, certificate, {
    plain: options.port ?? 0,
    tls: options.tlsPort ?? 0,
  });
  let closing: Promise<void> | undefined;
  return {
    url: servers.url,
    tlsUrl: servers.tlsUrl,
    caCertificate: certificate.certificate,
    query: async (sql) => (await store.query(sql)).rows,
    close: () => (closing ??= servers.close().then(() => store.close())),
  };
}

function asker({ queryEntry: entry, databaseFile }: WorkspaceOptions, { query, whileStill }: Store) {
  const isAside = entry !== undefined && databaseFile !== ':memory:' && process.platform !== 'win32';
  return async (sql: string, signal: AbortSignal): Promise<string> =>
    isAside
      ? runQueryProcess({ entry, databaseFile, sql, signal, whileStill })
      : JSON.stringify(await query(sql, signal));
}

function rulesOf(
  { rules, dcrImmutableId }: WorkspaceOptions,
  streams: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const named = Object.entries(rules ?? { [dcrImmutableId]: streams });
  return new Map(named.map(([rule, names]) => [rule, new Set(names)]));
}
