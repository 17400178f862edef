import type { JsonObject } from '../../shared/contract/json';
import { streamName } from '../../shared/contract/table';
import type { Azurite } from '../../local/storage/azurite';
import { seeded, type Random } from '../../local/vendor/random';
import { type Vendor, startVendor } from '../../local/vendor/vendor';
import type { VendorRules } from '../../shared/contract/simulator';
import { appSettings } from './app-settings';
import { createEventRecorder, type EventRecorder } from './event-recorder';
import { startCollector, type Collector } from './collector';
import type { Fault } from './fault';
import { openStorage, type Storage } from './storage';
import type { Scenario } from './scenario';
import { followProgress } from './laws/progress';
import { recordPosts } from './laws/unsigned-parts';
import type { PostAnswered, Invocation } from './child-messages';
import type { TaskResult, ProcessPool } from './process-pool';
import type { Connector } from '../../shared/contract/connector';
import type { RunReport } from '../../shared/contract/run';
import type { VendorEvents } from '../../local/vendor/vendor-options';

/** A connector, with the rules of its folder's simulator. */
export interface SystemUnderTest {
  readonly connector: Connector;
  readonly folder: string;
  readonly rules?: VendorRules;
}

/** What a case consists of. */
export interface TestEnvironmentOptions {
  /** Unique among all cases; letters, digits and hyphens. */
  readonly name: string;
  readonly sut: SystemUnderTest;
  readonly scenario: Scenario;
  /** The sources that are on. */
  readonly sources: readonly string[];
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly azurite: Azurite;
  readonly processes: ProcessPool;
  /** The built app. */
  readonly app: string;
}

/** How the platform behaves. */
export interface Platform {
  /** A message is delivered, lost, delivered twice at once, delivered with damaged ones, or replaced by forged ones. */
  messages: 'delivered' | 'lost' | 'repeated' | 'poisoned' | 'forged';
  /** How many processes a timer starts at once. */
  starts: number;
}

/** A message that is in a queue. */
export interface QueueMessage {
  readonly queue: string;
  readonly text: string;
  /** In milliseconds since 1970, by the environment's clock. */
  readonly visibleAtMs: number;
}

/** One app with its vendor, workspace, storage, platform and time. */
export interface TestEnvironment {
  readonly options: TestEnvironmentOptions;
  readonly vendor: Vendor;
  readonly collector: Collector;
  readonly storage: Storage;
  readonly recorder: EventRecorder;
  readonly platform: Platform;
  readonly random: Random;
  /** The built app that runs next: this version or a previous one. */
  app: string;
  /** How far the app's clock is ahead of the vendor's. */
  skewMs: number;
  readonly reports: readonly RunReport[];
  /** Every line of the app's log. */
  readonly logLines: readonly string[];
  /** The status of each answered post, by its name. */
  readonly answeredPosts: ReadonlyMap<string, PostAnswered['status']>;
  /** The messages in all queues, in the order in which they were enqueued. */
  readonly messages: QueueMessage[];
  /** How many messages were enqueued so far. */
  readonly enqueuedMessages: number;
  /** The time of everything but the app, whose clock may be skewed. */
  now(): Date;
  /** A sentence for each unexpected error and each secret that was written. */
  readonly violations: readonly string[];
  /** The injection points at which processes were killed. */
  readonly kills: readonly string[];
  /** Runs one invocation in a process. @param killAt the injection point at which the process kills itself */
  invoke(invocation: Invocation, killAt?: number): Promise<TaskResult>;
  /** Moves the clock. A lease that was not renewed ends in time. */
  advance(ms: number): Promise<void>;
  /** Ends every fault. */
  endFaults(): void;
  close(): Promise<void>;
}

/** How long a lease lasts unless it is renewed. */
export const LEASE_MS = 60_000;
/** Records on a full page, except of a vendor with a fixed page size. */
export const PAGE_SIZE = 10;
/** Vendors have more than two pages of events before the first run, and publish more for twelve minutes. */
const EVENTS: VendorEvents = { historyPages: 2.4, livesMs: 12 * 60_000 };

/** Every case begins at this time, so that its vendor always has the same events. */
export const START_TIME = new Date('2026-01-15T12:00:00Z');

export async function openTestEnvironment(options: TestEnvironmentOptions): Promise<TestEnvironment> {
  const { azurite, faults, name, processes, scenario, seed, sut } = options;
  const { connector } = sut;
  const answeredPosts = new Map<string, number>();
  const messages: QueueMessage[] = [];
  let enqueuedMessages = 0;
  const random = seeded([connector.name, ...faults.map((fault) => fault.name), seed].join('/'));
  const violations = new Set<string>();
  const kills: string[] = [];
  const reports: RunReport[] = [];
  const logLines: string[] = [];
  const recorder = createEventRecorder((source) => scenario.tableOf(connector, source)?.name);
  let passedMs = 0;
  const now = (): Date => new Date(START_TIME.getTime() + passedMs);
  const simulated = { ...connector, sources: pickSources(connector, options.sources) };
  const vendor = await startVendor({
    connectors: [{ ...sut, connector: simulated }],
    live: true,
    now,
    pageSize: PAGE_SIZE,
    seed,
    events: Object.assign({}, EVENTS, ...faults.map(({ events }) => events)) as VendorEvents,
  });
  const tables = options.sources.flatMap((source) => scenario.tableOf(connector, source) ?? []);
  const streams = [...tables.map(streamName), 'Custom-ConnectorHealth_CL'];
  let secrets: readonly string[] = [];
  const checkSecrets = (where: string, text: string): void => {
    if (secrets.some((secret) => text.includes(secret))) violations.add(`a secret is in ${where}`);
  };
  const collector = await startCollector(
    streams,
    (text) => checkSecrets('what was sent to the workspace', text),
    ({ rows, table }) => recorder.recordAccepted(table, rows),
  );
  /** When each lease was acquired or last renewed. */
  const leasedAt = new Map<string, number>();
  const storage = await openStorage(azurite, name, ({ body, lease, path, query, service }, status) => {
    if (lease === 'release') leasedAt.delete(path);
    else if (lease !== undefined && status < 300) leasedAt.set(path, now().getTime());
    const text = body.toString('utf8');
    checkSecrets(`${service} ${path}`, path + text);
    const message = /<MessageText>(.*)<\/MessageText>/.exec(text)?.[1];
    if (service === 'queue' && message !== undefined) {
      checkSecrets(`queue ${path}`, Buffer.from(message, 'base64').toString('utf8'));
      const hiddenMs = Number(query.get('visibilitytimeout') ?? 0) * 1_000;
      const [, queue = ''] = /\/([^/]+)\/messages$/.exec(path) ?? [];
      if (status === 201) enqueuedMessages++;
      if (status === 201) messages.push({ queue, text: message, visibleAtMs: now().getTime() + hiddenMs });
    }
    if (status === 201) recorder.recordSave(path, text);
  });
  const settings = appSettings(options, vendor, collector, storage);
  ({ secrets } = settings);
  const platform: Platform = { messages: 'delivered', starts: 1 };

  const environment: TestEnvironment = {
    options,
    vendor,
    collector,
    storage,
    recorder,
    platform,
    random,
    app: options.app,
    skewMs: 0,
    reports,
    logLines,
    answeredPosts,
    messages,
    get enqueuedMessages() {
      return enqueuedMessages;
    },
    now,
    get violations() {
      return [...violations];
    },
    kills,
    async invoke(invocation, killAt) {
      const task = {
        env: settings.variables,
        nowMs: now().getTime() + environment.skewMs,
        invocation,
        ...(killAt === undefined ? {} : { killAt }),
      };
      const begunMs = passedMs;
      const endProgress = followProgress(environment, invocation);
      recordPosts(environment, invocation);
      /** Parallel invocations wait at the same time. */
      const sleep = (sleptMs: number): void => void (passedMs = Math.max(passedMs, begunMs + sleptMs));
      const result = await processes.run(environment.app, task, (message) => {
        if ('sleptMs' in message) return sleep(message.sleptMs);
        if ('post' in message) return void answeredPosts.set(message.post, message.status);
        const { line } = message;
        checkSecrets('the log', line);
        logLines.push(line);
        const fields = readLine(line);
        if (fields['msg'] === 'unexpected error') violations.add(`an error that is a bug: ${line}`);
        if (fields['msg'] === 'run ended') reports.push(fields as unknown as RunReport);
      });
      endProgress();
      if ('killed' in result) kills.push(result.killPoint);
      else {
        sleep(result.sleptMs);
        if (result.error !== undefined) {
          checkSecrets('an error', result.error.message);
          if (!/^(Setting|Unavailable|Contract)Error$/.test(result.error.name))
            violations.add(`an error that is a bug: ${result.error.name}: ${result.error.message}`);
        }
      }
      return result;
    },
    async advance(ms) {
      passedMs += ms;
      for (const [path, atMs] of leasedAt) {
        if (now().getTime() < atMs + LEASE_MS) continue;
        leasedAt.delete(path);
        await storage.endLease(path);
      }
    },
    endFaults() {
      vendor.behave([]);
      collector.rules.clear();
      collector.maxBytes = Number.POSITIVE_INFINITY;
      storage.rules.clear();
      environment.skewMs = 0;
      Object.assign(platform, { messages: 'delivered', starts: 1 } satisfies Platform);
    },
    async close() {
      await Promise.all([vendor.close(), collector.close(), storage.close()]);
      await storage.container.deleteIfExists();
    },
  };
  for (const fault of faults) fault.arrange?.(environment);
  return environment;
}

/** The members of a log line; none for any other output. */
function readLine(line: string): JsonObject {
  try {
    return JSON.parse(line) as JsonObject;
  } catch {
    return {};
  }
}

/** Only the sources of the case are simulated. */
function pickSources({ sources }: Connector, names: readonly string[]): Connector['sources'] {
  return Object.fromEntries(Object.entries(sources).filter(([name]) => names.includes(name)));
}
