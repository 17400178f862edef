import type { JsonObject } from '../../shared/contract/json';
import { streamName } from '../../shared/contract/table';
import type { Azurite } from '../../local/storage/azurite';
import { seeded, type Random } from '../../local/vendor/random';
import { type Vendor, startVendor } from '../../local/vendor/vendor';
import type { VendorRules } from '../../shared/contract/simulator';
import { COLLECTOR } from '../fakes/collector';
import { beginChronicle, type Chronicle } from './event-recorder';
import { startCollector, type Collector } from './collector';
import type { Fault } from './fault';
import { openStorage, type Storage } from './storage';
import type { Journey } from './scenario';
import { followProgress } from './laws/progress';
import { followPosts } from './laws/unsigned-parts';
import type { Answered, Invocation } from './child-messages';
import type { Ended, Workers } from './process-pool';
import type { Connector } from '../../shared/contract/connector';
import type { RunReport } from '../../shared/contract/run';
import { LOCAL_TOKEN, variableOf } from '../../shared/admin';
import type { VendorEvents } from '../../local/vendor/vendor-options';

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
  readonly journey: Journey;
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
  /** What becomes of a message: it may be lost, come twice at once, come damaged beside the right one, or others may come in its place. */
  messages: 'delivered' | 'lost' | 'repeated' | 'poisoned' | 'forged';
  /** How many processes a timer starts at once. */
  starts: number;
}

/** A message of a queue, as it was put there. */
export interface Message {
  readonly queue: string;
  readonly text: string;
  /** In milliseconds since 1970, by the clocks around the app. */
  readonly dueAt: number;
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
  /** What was written to the log, a line each. */
  readonly lines: readonly string[];
  /** How posts were answered, by name; one that is not here was not. */
  readonly answers: ReadonlyMap<string, Answered['status']>;
  /** Messages that were put on queues, in order, each with when it may be seen. */
  readonly messages: Message[];
  /** How many were put there, taken or not. */
  readonly messagesPut: number;
  /** What the clocks around the app say. */
  now(): Date;
  /** What must not be: an error that is our bug, a secret where none may be. A sentence each. */
  readonly wrongs: readonly string[];
  /** Where processes were killed. */
  readonly kills: readonly string[];
  /** The processes' work, one invocation in each. */
  invoke(invocation: Invocation, killAt?: number): Promise<Ended>;
  /** Lets time pass for everyone: a lease that nobody renewed ends when it would. */
  pass(ms: number): Promise<void>;
  /** Every fault is over. */
  calm(): void;
  close(): Promise<void>;
}

/** How long a lease lives without its holder. */
export const LEASE_MS = 60_000;
/** Records of a full page, of every vendor that does not insist on its own. */
export const FULL_PAGE = 10;
/** What a vendor has before the first run, enough for more than two pages, and for how long it has more. */
const EVENTS: VendorEvents = { historyPages: 2.4, livesMs: 12 * 60_000 };

/** When every attempt begins by the clocks in it, so that its vendor has the same events whenever it is made. */
export const BORN_AT = new Date('2026-01-15T12:00:00Z');

export async function openScene(parts: SceneParts): Promise<Scene> {
  const { azurite, faults, name, seed, subject, workers } = parts;
  const { connector } = subject;
  const { journey } = parts;
  const answers = new Map<string, number>();
  const messages: Message[] = [];
  let messagesPut = 0;
  const random = seeded([connector.name, ...faults.map((fault) => fault.name), seed].join('/'));
  const wrongs = new Set<string>();
  const kills: string[] = [];
  const reports: RunReport[] = [];
  const lines: string[] = [];
  const chronicle = beginChronicle((source) => journey.tableOf(connector, source)?.name);
  let passedMs = 0;
  const now = (): Date => new Date(BORN_AT.getTime() + passedMs);
  const played = { ...connector, sources: pickSources(connector, parts.sources) };
  const vendor = await startVendor({
    connectors: [{ ...subject, connector: played }],
    live: true,
    now,
    pageSize: FULL_PAGE,
    seed,
    events: Object.assign({}, EVENTS, ...faults.map(({ events }) => events)) as VendorEvents,
  });
  const tables = parts.sources.flatMap((source) => journey.tableOf(connector, source) ?? []);
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
  /** When each lease that is held was taken, or renewed, by the clocks around the app. */
  const leasedAt = new Map<string, number>();
  const storage = await openStorage(azurite, name, ({ body, lease, path, query, service }, status) => {
    if (lease === 'release') leasedAt.delete(path);
    else if (lease !== undefined && status < 300) leasedAt.set(path, now().getTime());
    const text = body.toString('utf8');
    watch(`${service} ${path}`, path + text);
    const message = /<MessageText>(.*)<\/MessageText>/.exec(text)?.[1];
    if (service === 'queue' && message !== undefined) {
      watch(`queue ${path}`, Buffer.from(message, 'base64').toString('utf8'));
      const hiddenMs = Number(query.get('visibilitytimeout') ?? 0) * 1_000;
      const [, queue = ''] = /\/([^/]+)\/messages$/.exec(path) ?? [];
      if (status === 201) messagesPut++;
      if (status === 201) messages.push({ queue, text: message, dueAt: now().getTime() + hiddenMs });
    }
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
    lines,
    answers,
    messages,
    get messagesPut() {
      return messagesPut;
    },
    now,
    get wrongs() {
      return [...wrongs];
    },
    kills,
    async invoke(invocation, killAt) {
      const task = {
        env: env.variables,
        nowMs: now().getTime() + scene.skewMs,
        invocation,
        ...(killAt === undefined ? {} : { killAt }),
      };
      const begunMs = passedMs;
      const ends = followProgress(scene, invocation);
      followPosts(scene, invocation);
      /** Invocations side by side wait at once. */
      const slept = (sleptMs: number): void => void (passedMs = Math.max(passedMs, begunMs + sleptMs));
      const ended = await workers.run(scene.app, task, (said) => {
        if ('sleptMs' in said) return slept(said.sleptMs);
        if ('post' in said) return void answers.set(said.post, said.status);
        const { line } = said;
        watch('the log', line);
        lines.push(line);
        const fields = readLine(line);
        if (fields['msg'] === 'unexpected error') wrongs.add(`an error that is a bug: ${line}`);
        if (fields['msg'] === 'run ended') reports.push(fields as unknown as RunReport);
      });
      ends();
      if ('killed' in ended) kills.push(ended.lastWords);
      else {
        slept(ended.sleptMs);
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
      for (const [path, atMs] of leasedAt) {
        if (now().getTime() < atMs + LEASE_MS) continue;
        leasedAt.delete(path);
        await storage.endLease(path);
      }
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

/** Who posts to `/api/logs`. */
export const PUSHER = {
  workspaceId: '0b9b1a6e-0000-4000-8000-00000000c0de',
  key: Buffer.from('the canary key of whoever pushes').toString('base64'),
} as const;

/** Never in anything that is written. */
const CANARIES = {
  WORKSPACE_ID: COLLECTOR.workspaceId,
  WORKSPACE_KEY: COLLECTOR.workspaceKey,
  PUSH_KEYS: JSON.stringify({ [PUSHER.workspaceId]: [{ name: 'rig', key: PUSHER.key }] }),
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
  const isPulled = Object.keys(connector.sources).length > 0;
  const own = isPulled ? Object.entries({ ...values, SOURCES: sources.join(',') }) : [];
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
  return { variables, secrets: [...ofVendor, ...ofSink, PUSHER.key, storage.signature, LOCAL_TOKEN] };
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
