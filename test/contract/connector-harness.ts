import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector, Page, PullContext, PullSource } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { RunReport } from '../../shared/contract/run';
import { pull } from '../../shared/pull/pull';
import { createHttp } from '../../shared/http/http';
import {
  createLogsIngestion,
  LOGS_INGESTION_VARIABLES,
  readLogsIngestion,
} from '../../shared/sink/logs-ingestion';
import { parseJson } from '../../shared/values/json/json';
import { streamName } from '../../shared/contract/table';
import type { VendorRules } from '../../shared/contract/simulator';
import { playTime } from '../../local/vendor/play-time';
import { simulateVendor } from '../../local/vendor/serve';
import { isSimulated, unsimulatedReason } from '../../local/vendor/simulated';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { COLLECTOR, startCollector, type Collector } from '../fakes/collector';
import { fakeClock, type FakeClock } from '../fakes/fake-clock';
import { memoryCheckpoints, type MemoryCheckpoints } from '../fakes/memory-checkpoints';
import { memoryDeadLetters, type MemoryDeadLetters } from '../fakes/memory-dead-letters';
import { memoryDedupSegments } from '../fakes/memory-dedup-segments';
import { silentLog } from '../fakes/silent-log';
import { dropTokens } from '../../shared/kit/auth/tokens';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { variableOf } from '../../shared/admin';

/** The options of one run. */
export interface RunChange {
  readonly settings?: Readonly<Record<string, string>>;
  /** Records as JSON text that the source yields before its own, because an answer to code has no known place for records. */
  readonly records?: readonly string[];
  /** How long each request takes, by the run's clock. @default 0 */
  readonly requestMs?: number;
}

/** One source of a connector with the real code, between its simulated vendor and a collector, with its state in memory. */
export interface ConnectorHarness {
  readonly vendor: Vendor;
  readonly collector: Collector;
  readonly checkpoints: MemoryCheckpoints;
  readonly deadLetters: MemoryDeadLetters;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof silentLog>;
  run(change?: RunChange): Promise<RunReport>;
  /** Every row that the collector accepted, by event id, without members that depend on the time of the run. */
  rows(): Map<string, Readonly<Record<string, Json>>>;
  close(): Promise<void>;
}

function rulesIn(folder: string): VendorRules | undefined {
  const file = join(folder, 'simulator.ts');
  return existsSync(file) ? jest.requireActual<{ readonly default: VendorRules }>(file).default : undefined;
}

/** Why the fixtures of a pulled source cannot be played, in one sentence; `undefined` if they can. */
export function fixtureProblem(folder: string, connector: Connector, name: string): string | undefined {
  const source = connector.sources[name] as PullSource;
  const rules = rulesIn(folder);
  if (!isSimulated(source, rules)) return unsimulatedReason(connector.name, name);
  const alone = { ...connector, sources: { [name]: source } };
  const simulated = { connector: alone, folder, ...(rules === undefined ? {} : { rules }) };
  try {
    const { events } = simulateVendor(simulated, () => new Date(), { connectors: [], live: false });
    playTime(`${connector.name}/${name}`, events(name), source.table.time);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Starts a harness over the fixtures of a connector's folder. */
export async function startConnectorHarness(
  folder: string,
  connector: Connector,
  sourceName: string,
): Promise<ConnectorHarness> {
  const source = connector.sources[sourceName] as PullSource;
  const rules = rulesIn(folder);
  // The vendors of one process may use the same port one after another.
  dropTokens();
  const vendor = await startVendor({
    connectors: [{ connector, folder, ...(rules === undefined ? {} : { rules }) }],
    live: false,
  });
  const collector = await startCollector([streamName(source.table)]);
  const who = `${connector.name}/${sourceName}`;
  const { now, startFrom } = playTime(who, vendor.feed(connector.name, sourceName), source.table.time);
  const clock = fakeClock(now.toISOString());
  const checkpoints = memoryCheckpoints();
  const deadLetters = memoryDeadLetters();
  const log = silentLog();
  const seen = memoryDedupSegments();
  const env = { LOGS_INGESTION_ENDPOINT: collector.url, DCR_IMMUTABLE_ID: COLLECTOR.rule };
  const sink = readLogsIngestion(env);
  let runs = 0;

  return {
    vendor,
    collector,
    checkpoints,
    deadLetters,
    clock,
    log,
    run({ records = [], requestMs = 0, settings = {} } = {}) {
      const values = { ...vendor.settings(connector.name), ...settings };
      const id = { connector: connector.name, instance: 'default', source: sourceName };
      const all = { ...connector.settings, ...source.settings };
      const ofKind = (kind: string): string[] => Object.keys(all).filter((key) => all[key]?.kind === kind);
      const credentials = ofKind('secret').map((key) => variableOf(connector.name, key));
      const address = ofKind('url').map((key) => variableOf(connector.name, key));
      const secrets = secretsOf(ofKind('secret').map((key) => values[key] ?? ''));
      const origins = ofKind('url').map((key) => new URL(values[key] ?? '').origin);
      const deadline = new Date(clock.now().getTime() + 240_000);
      const common = { who, deadline, clock, log };
      return pull(records.length === 0 ? source : yieldingFirst(source, records), {
        id,
        runId: `run-${++runs}`,
        settings: values,
        jobAccount: undefined,
        startFrom,
        deadline,
        checkpoints,
        deadLetters,
        segments: seen,
        clock,
        log,
        secrets,
        connect: async (signal) => {
          const toSink = createHttp({
            ...common,
            who: 'the workspace',
            origins: sink.origins,
            variables: LOGS_INGESTION_VARIABLES,
            secrets: secretsOf([]),
            signal,
          });
          const variables = { address, credentials };
          const http = createHttp({ ...common, origins, variables, secrets, signal });
          return {
            http: {
              request(request) {
                clock.advance(requestMs);
                return http.request(request);
              },
            },
            sink: createLogsIngestion(sink, env, toSink, signal),
          };
        },
      });
    },
    rows: () => new Map(collector.rows(source.table.name).map((row) => [row['EventId'] as string, row])),
    async close() {
      await Promise.all([vendor.close(), collector.close()]);
    },
  };
}

/** The most injection points of one check. */
const MAX_TRIES = 12;

/** The numbers from 0 to `count - 1`. Of many, an even selection with the first and the last, so that a check takes seconds. */
export function tried(count: number): readonly number[] {
  if (count <= MAX_TRIES) return [...Array(count).keys()];
  const step = (count - 1) / (MAX_TRIES - 1);
  return Array.from({ length: MAX_TRIES }, (_, index) => Math.round(index * step));
}

/** The same source with more records on its first page. */
function yieldingFirst(source: PullSource, records: readonly string[]): PullSource {
  let more = records.map(parseJson);
  const pull = async function* (context: PullContext): AsyncGenerator<Page> {
    for await (const page of source.pull(context)) {
      const first = more;
      more = [];
      yield { ...page, records: [...first, ...page.records] };
    }
  };
  const { objects, rest } = source.pull;
  const declared = { ...(rest === undefined ? {} : { rest }), ...(objects === undefined ? {} : { objects }) };
  return { ...source, pull: Object.assign(pull, declared) };
}

/** The golden rows of a source; `undefined` if there are none. */
export function goldenRows(
  folder: string,
  source: string,
): readonly Readonly<Record<string, Json>>[] | undefined {
  const file = goldenFile(folder, source);
  return existsSync(file)
    ? (parseJson(readFileSync(file, 'utf8')) as readonly Readonly<Record<string, Json>>[])
    : undefined;
}

function goldenFile(folder: string, source: string): string {
  return join(folder, 'fixtures', `${source}.rows.json`);
}

/** The waived checks of a folder, by number, each with its reason. */
export function waiversOf(folder: string): Readonly<Record<string, string>> {
  const file = join(folder, 'fixtures', 'waivers.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}

/** Records as no vendor should send them, as JSON text. */
export const HOSTILE: readonly string[] = [
  'null',
  '17',
  '"text"',
  '[1,2]',
  '{}',
  '{"__proto__":{"isAdmin":true},"constructor":1}',
  `{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  `{"long":"${'x'.repeat(40_000)}","emoji":"${'😀'.repeat(30_000)}"}`,
  '{"id":12345678901234567890,"uuid":98765432109876543210,"published":"never","timestamp":{"no":"time"}}',
  '{"lone":"\\ud800","nul":"\\u0000","big":1e400}',
];

/** Runs one numbered check as a test, or tests that its waiver is still needed. */
export type Check = (number: number, sentence: string, body: () => Promise<void>) => void;

/** One source of a connector, and its folder. */
export interface Checked {
  readonly folder: string;
  readonly connector: Connector;
  readonly source: string;
}
