import { LOCAL_TOKEN, variableOf, type Connector, type RunReport } from '../shared/app';
import type { JsonObject } from '../shared/contract/json';
import { streamName } from '../shared/contract/table';
import type { Azurite } from '../local/storage/azurite';
import { seeded, type Random } from '../local/vendor/random';
import { startVendor, type Vendor, type VendorEvents } from '../local/vendor/vendor';
import type { VendorRules } from '../shared/contract/simulator';
import { COLLECTOR } from '../test/fakes/collector';
import { beginChronicle, type Chronicle } from './chronicle';
import { startCollector, type Collector } from './collector';
import type { Fault } from './fault';
import { openStorage, type Storage } from './storage';
import type { Invocation } from './task';
import type { Ended, Workers } from './workers';

/** A connector to prove, with what its folder knows of its vendor. */
export interface Subject {
  readonly connector: Connector;
  readonly folder: string;
  readonly rules?: VendorRules;
}

/** What an attempt is made from. */
export interface SceneParts {
  /** Unlike that of any other attempt; letters, digits and hyphens. */
  readonly name: string;
  readonly subject: Subject;
  /** Of the subject; only these are on. */
  readonly sources: readonly string[];
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly azurite: Azurite;
  readonly workers: Workers;
  /** The built app. */
  readonly app: string;
}

/** How the platform around the app behaves: every queue delivers at least once, and most of them once. */
export interface Platform {
  /** What becomes of a message: it may be lost, come twice at once, or come damaged beside the right one. */
  messages: 'delivered' | 'lost' | 'repeated' | 'poisoned';
  /** How many processes a timer starts at once. */
  starts: number;
}

/** One app with everything around it: its vendor, its workspace, its storage, its platform and its time. */
export interface Scene {
  readonly parts: SceneParts;
  readonly vendor: Vendor;
  readonly collector: Collector;
  readonly storage: Storage;
  readonly chronicle: Chronicle;
  readonly platform: Platform;
  readonly random: Random;
  /** The built app that runs next; a version before may take its place. */
  app: string;
  /** How far the app's clock is from the vendor's. */
  skewMs: number;
  readonly reports: readonly RunReport[];
  /** What must not be: an error that is our bug, a secret where none may be. A sentence each. */
  readonly wrongs: readonly string[];
  /** Where processes were killed. */
  readonly kills: readonly string[];
  /** The processes' work, one invocation in each. */
  invoke(invocation: Invocation, killAt?: number): Promise<Ended>;
  /** Lets minutes pass for everyone: leases that nobody renewed end. */
  pass(ms: number): Promise<void>;
  /** Every fault is over. */
  calm(): void;
  close(): Promise<void>;
}

/** Records of a full page, of every vendor that does not insist on its own. */
export const FULL_PAGE = 10;
/** What a vendor has before the first run, enough for more than two pages, and for how long it has more. */
const EVENTS: VendorEvents = { historyPages: 2.4, livesMs: 12 * 60_000 };

/** When every attempt begins by the clocks in it, so that its vendor has the same events whenever it is made. */
const BORN_AT = new Date('2026-01-15T12:00:00Z');

export async function openScene(parts: SceneParts): Promise<Scene> {
  const { azurite, faults, name, seed, subject, workers } = parts;
  const { connector } = subject;
  const random = seeded([connector.name, ...faults.map((fault) => fault.name), seed].join('/'));
  const wrongs = new Set<string>();
  const kills: string[] = [];
  const reports: RunReport[] = [];
  const chronicle = beginChronicle((source) => connector.sources[source]?.table.name);
  let passedMs = 0;
  const played = { ...connector, sources: pickSources(connector, parts.sources) };
  const vendor = await startVendor({
    connectors: [{ ...subject, connector: played }],
    live: true,
    now: () => new Date(BORN_AT.getTime() + passedMs),
    pageSize: FULL_PAGE,
    seed,
    events: Object.assign({}, EVENTS, ...faults.map(({ events }) => events)) as VendorEvents,
  });
  const tables = parts.sources.flatMap((source) => connector.sources[source]?.table ?? []);
  const streams = [...tables.map(streamName), 'Custom-ConnectorHealth_CL'];
  let secrets: readonly string[] = [];
  const watch = (where: string, text: string): void => {
    const found = secrets.find((secret) => text.includes(secret));
    if (found !== undefined) wrongs.add(`a secret stands in ${where}`);
  };
  const collector = await startCollector(
    streams,
    (text) => watch('what was sent to the workspace', text),
    ({ rows, table }) => chronicle.accepted(table, rows),
  );
  const storage = await openStorage(azurite, name, ({ body, path, service }, status) => {
    const text = body.toString('utf8');
    watch(`${service} ${path}`, path + text);
    if (service === 'queue')
      watch(
        `queue ${path}`,
        Buffer.from(/<MessageText>(.*)<\/MessageText>/.exec(text)?.[1] ?? '', 'base64').toString('utf8'),
      );
    if (status === 201) chronicle.saved(path, text);
  });
  const env = environment(parts, vendor, collector, storage);
  secrets = secretsOf(env.secrets);
  const platform: Platform = { messages: 'delivered', starts: 1 };

  const scene: Scene = {
    parts,
    vendor,
    collector,
    storage,
    chronicle,
    platform,
    random,
    app: parts.app,
    skewMs: 0,
    reports,
    get wrongs() {
      return [...wrongs];
    },
    kills,
    async invoke(invocation, killAt) {
      const task = {
        env: env.variables,
        nowMs: BORN_AT.getTime() + passedMs + scene.skewMs,
        invocation,
        ...(killAt === undefined ? {} : { killAt }),
      };
      const ended = await workers.run(scene.app, task, (line) => {
        watch('the log', line);
        const said = readLine(line);
        if (said['msg'] === 'unexpected error') wrongs.add(`an error that is a bug: ${line}`);
        if (said['msg'] === 'run ended') reports.push(said as unknown as RunReport);
      });
      if ('killed' in ended) kills.push(ended.lastWords);
      else {
        passedMs += ended.sleptMs;
        if (ended.error !== undefined) {
          watch('an error', ended.error.message);
          if (!/^(Setting|Unavailable|Contract|Rejected)Error$/.test(ended.error.name))
            wrongs.add(`an error that is a bug: ${ended.error.name}: ${ended.error.message}`);
        }
      }
      return ended;
    },
    async pass(ms) {
      passedMs += ms;
      await storage.endLeases();
    },
    calm() {
      vendor.behave([]);
      collector.rules.clear();
      collector.maxBytes = Number.POSITIVE_INFINITY;
      storage.rules.clear();
      scene.skewMs = 0;
      Object.assign(platform, { messages: 'delivered', starts: 1 } satisfies Platform);
    },
    async close() {
      await Promise.all([vendor.close(), collector.close(), storage.close()]);
      await storage.container.deleteIfExists();
    },
  };
  for (const fault of faults) fault.arrange?.(scene);
  return scene;
}

/** A line of the log; an empty one for anything else that a process writes. */
function readLine(line: string): JsonObject {
  try {
    return JSON.parse(line) as JsonObject;
  } catch {
    return {};
  }
}

/** Never in anything that is written. */
const CANARIES = {
  WORKSPACE_ID: COLLECTOR.workspaceId,
  WORKSPACE_KEY: COLLECTOR.workspaceKey,
  AZURE_TENANT_ID: 'canary-tenant',
  AZURE_CLIENT_ID: 'canary-client',
  AZURE_CLIENT_SECRET: 'canary-client-secret-7f2c',
};

/** No more of a vendor is played than what is asked of it. */
function pickSources({ sources }: Connector, names: readonly string[]): Connector['sources'] {
  return Object.fromEntries(Object.entries(sources).filter(([name]) => names.includes(name)));
}

/** The settings of the app, every one that there is, and the values among them that are secret. */
function environment(
  { faults, sources, subject }: SceneParts,
  vendor: Vendor,
  collector: Collector,
  storage: Storage,
): { readonly variables: Readonly<Record<string, string>>; readonly secrets: readonly string[] } {
  const { connector } = subject;
  const values = vendor.settings(connector.name);
  const all = [connector.settings, ...Object.values(connector.sources).map(({ settings = {} }) => settings)];
  const secrets = all.flatMap((settings) =>
    Object.keys(settings).filter((key) => settings[key]?.kind === 'secret'),
  );
  const own = Object.entries({ ...values, SOURCES: sources.join(',') });
  const variables: Readonly<Record<string, string>> = {
    ...CANARIES,
    AzureWebJobsStorage: storage.connectionString,
    LOGS_INGESTION_ENDPOINT: collector.url,
    LOG_ANALYTICS_URI: collector.url,
    DCR_IMMUTABLE_ID: COLLECTOR.rule,
    ...Object.fromEntries(own.map(([key, value]) => [variableOf(connector.name, key), value])),
    ...(Object.assign({}, ...faults.map(({ env }) => env)) as Record<string, string>),
  };
  const ofSink = ['WORKSPACE_KEY', 'AZURE_CLIENT_SECRET'].map((name) => variables[name] ?? '');
  const ofVendor = secrets.map((key) => values[key] ?? '');
  return { variables, secrets: [...ofVendor, ...ofSink, storage.signature, LOCAL_TOKEN] };
}

/** Secrets as they are, as an address holds them, in JSON and in Base64. */
function secretsOf(values: readonly string[]): readonly string[] {
  return values
    .filter((value) => value !== '')
    .flatMap((value) => [
      value,
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ]);
}
