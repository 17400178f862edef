import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FunctionHost, type HostLog, type HostOptions, startHost } from '../../local/host/host';
import { type Azurite, startAzurite } from '../../local/storage/azurite';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { buildApp, buildEntry } from '../local/build-entry';

/** Ends what hangs. The bench measures speed. */
const DEADLINE_MS = 60_000;
/** Once a year: a timer that does not fire in a test. */
const NEVER = '0 0 0 1 1 *';

/** A host's log lines, and a way to wait for one. */
export interface Lines {
  readonly all: readonly HostLog[];
  /** The messages that contain the text. */
  having(text: string): readonly string[];
  /** Resolves as soon as `count` lines contain the text. @throws Error with all lines after the deadline */
  until(text: string, count?: number): Promise<readonly string[]>;
}

export interface StartedHost {
  readonly host: FunctionHost;
  readonly lines: Lines;
}

export interface HostHarness {
  readonly azurite: Azurite;
  /** Starts the sample app; `close` stops everything. */
  start(environment?: Record<string, string>, options?: Partial<HostOptions>): Promise<StartedHost>;
  /** Writes a host.json and returns its path. */
  hostJson(content: object): string;
  close(): Promise<void>;
}

/** Builds the worker and the sample app, and starts one Azurite for a test file. */
export async function openHostHarness(): Promise<HostHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'host-'));
  const built = {
    storage: buildEntry('local/storage/main.ts'),
    worker: buildEntry('local/host/worker/worker.ts'),
  };
  const sample = buildApp('test/e2e/sample-app/index.ts');
  const azurite = await startAzurite({ entry: built.storage.file, folder });
  const hosts: FunctionHost[] = [];
  let queues = 0;
  const hostJson = (content: object): string => {
    const file = join(mkdtempSync(join(folder, 'app-')), 'host.json');
    writeFileSync(file, JSON.stringify({ version: '2.0', ...content }));
    return file;
  };
  return {
    azurite,
    hostJson,
    async start(environment = {}, options = {}) {
      const lines = collectLines();
      queues += 1;
      const host = await startHost({
        entry: sample.file,
        workerEntry: built.worker.file,
        environment: {
          ...inheritedEnvironment(),
          TICK: NEVER,
          FAILING: NEVER,
          QUEUE: `queue-${queues}`,
          AzureWebJobsStorage: azurite.connectionString,
          ...environment,
        },
        port: 0,
        hostJson: options.hostJson ?? hostJson({}),
        hostId: `host-${queues}`,
        storageConnectionString: azurite.connectionString,
        onLog: lines.add,
        ...options,
      });
      hosts.push(host);
      return { host, lines };
    },
    async close() {
      await Promise.all(hosts.map((host) => host.stop()));
      await azurite.stop();
      for (const { remove } of [built.storage, built.worker, sample]) remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function collectLines(): Lines & { readonly add: (line: HostLog) => void } {
  const all: HostLog[] = [];
  const waiting = new Set<() => void>();
  const having = (text: string): readonly string[] =>
    all.map((line) => line.message).filter((message) => message.includes(text));
  return {
    all,
    having,
    add: (line) => {
      all.push(line);
      for (const check of waiting) check();
    },
    until: (text, count = 1) =>
      new Promise((resolve, reject) => {
        const fail = (): void => {
          waiting.delete(check);
          reject(
            new Error(`no ${count} lines with "${text}" in:\n${all.map((line) => line.message).join('\n')}`),
          );
        };
        const deadline = setTimeout(fail, DEADLINE_MS);
        const check = (): void => {
          if (having(text).length < count) return;
          clearTimeout(deadline);
          waiting.delete(check);
          resolve(having(text));
        };
        waiting.add(check);
        check();
      }),
  };
}
