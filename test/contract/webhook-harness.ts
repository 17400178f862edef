import type { SourceId } from '../../shared/contract/checkpoint';
import type { Connector, ReceiveSource } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { PushAnswer, PushRequest } from '../../shared/contract/push';
import { streamName } from '../../shared/contract/table';
import { drainSpool, type Delivery } from '../../shared/push/drain-spool';
import { acceptWebhook } from '../../shared/push/webhook/endpoint';
import { compileWebhookBody } from '../../shared/push/webhook/rows';
import { createRefusedPosts } from '../../shared/push/refused-posts';
import { createHttp } from '../../shared/http/http';
import {
  createLogsIngestion,
  LOGS_INGESTION_VARIABLES,
  readLogsIngestion,
} from '../../shared/sink/logs-ingestion';
import { readSettings } from '../../shared/settings/instance-settings';
import { credentialsOf } from '../../shared/run/webhook-endpoints';
import { postRequest } from '../../local/vendor/posts/sign';
import { readPosts, type PostFixture } from '../../local/vendor/posts/posts';
import { settingsOf } from '../../local/vendor/placeholder-settings';
import { COLLECTOR, startCollector, type Collector } from '../fakes/collector';
import { fakeClock, type FakeClock } from '../fakes/fake-clock';
import { memoryDeadLetters, type MemoryDeadLetters } from '../fakes/memory-dead-letters';
import { memorySpool, type MemorySpool } from '../fakes/memory-spool';
import { silentLog } from '../fakes/silent-log';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { variableOf } from '../../shared/admin';

/** A post's signed request, which a test may change before it is sent. */
export type ChangePost = (request: PushRequest) => PushRequest;

/** One pushed source with the real code, between its simulated vendor and a collector. */
export interface WebhookHarness {
  readonly id: SourceId;
  readonly source: ReceiveSource;
  readonly settings: Readonly<Record<string, string>>;
  readonly posts: readonly PostFixture[];
  readonly collector: Collector;
  readonly spool: MemorySpool;
  readonly deadLetters: MemoryDeadLetters;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof silentLog>;
  /** Signs a body and posts it. @param signedWith the vendor's values, if they differ from ours */
  post(
    what: Pick<PostFixture, 'body' | 'headers'>,
    change?: ChangePost,
    signedWith?: Readonly<Record<string, string>>,
  ): Promise<PushAnswer>;
  /** Posts every fixture at its own time. */
  postAll(): Promise<readonly PushAnswer[]>;
  deliver(): Promise<Delivery>;
  /** Clears the spool's list of sent bodies, which loses its oldest entries anyway when many arrive. */
  forgetBodies(): Promise<void>;
  /** Every row that the collector accepted, in the order of arrival. */
  rows(): readonly Readonly<Record<string, Json>>[];
  close(): Promise<void>;
}

/** Starts a harness over the fixtures of a connector's folder. */
export async function startWebhookHarness(
  folder: string,
  connector: Connector,
  sourceName: string,
): Promise<WebhookHarness> {
  const source = connector.sources[sourceName] as ReceiveSource;
  const id = { connector: connector.name, instance: 'default', source: sourceName };
  const settings = settingsOf(connector, '');
  const posts = readPosts(folder, sourceName);
  const collector = await startCollector([streamName(source.table)]);
  const clock = fakeClock(posts[0]?.at ?? '2026-01-01T00:00:00Z');
  const spool = memorySpool();
  const deadLetters = memoryDeadLetters();
  const log = silentLog();
  const env = { LOGS_INGESTION_ENDPOINT: collector.url, DCR_IMMUTABLE_ID: COLLECTOR.rule };
  const own = Object.entries(settings).map(([key, value]) => [variableOf(connector.name, key), value]);
  const named = { [variableOf(connector.name, 'sources')]: sourceName };
  const { instances } = readSettings(connector, {
    ...(Object.fromEntries(own) as Record<string, string>),
    ...named,
  });
  const sink = readLogsIngestion(env);
  const refused = createRefusedPosts(clock);
  let runs = 0;

  const harness: WebhookHarness = {
    id,
    source,
    settings,
    posts,
    collector,
    spool,
    deadLetters,
    clock,
    log,
    post(what, change = (request) => request, signedWith = settings) {
      const request = change(postRequest(source.receive, signedWith, what, clock.now()));
      const credentials = credentialsOf(source, sourceName, instances);
      return acceptWebhook(request, { id, source, credentials, spool: () => spool, clock, log, refused });
    },
    async postAll() {
      const answers: PushAnswer[] = [];
      for (const post of posts) {
        clock.advance(Math.max(0, Date.parse(post.at) - clock.now().getTime()));
        answers.push(await harness.post(post));
      }
      return answers;
    },
    deliver() {
      const deadline = new Date(clock.now().getTime() + 240_000);
      const common = { who: sourceName, deadline, clock, log };
      const { repeatedBodies, table } = source;
      return drainSpool({
        id,
        runId: `run-${++runs}`,
        table,
        ...(repeatedBodies === undefined ? {} : { repeatedBodies }),
        deadline,
        spool,
        deadLetters,
        connect: (signal) => {
          const http = createHttp({
            ...common,
            who: 'the workspace',
            origins: sink.origins,
            variables: LOGS_INGESTION_VARIABLES,
            secrets: secretsOf([]),
            signal,
          });
          return createLogsIngestion(sink, env, http, signal);
        },
        format: (_, to) =>
          compileWebhookBody(source, { instance: 'default', startedAt: clock.now(), sink: to }),
        clock,
        log,
      });
    },
    async forgetBodies() {
      const held = await spool.acquire(id);
      if (held === 'busy') throw new Error('the spool is held');
      await held.save({ ...held.counters, remembered: [] });
      await held.release();
    },
    rows: () => collector.rows(source.table.name),
    close: () => collector.close(),
  };
  return harness;
}
