import type { Json, JsonObject } from '../../../shared/contract/json';
import type { SpoolCounters } from '../../../shared/contract/spool';
import { parseJson } from '../../../shared/values/json/json';
import { isObject } from '../../../shared/values/json-path';
import type { Expected, Scenario } from '../scenario';
import { waitForDelivery } from '../laws/liveness';
import { deliverMessage, nextMessage, takeMessage } from '../queue-messages';
import type { StoredRow } from '../../fakes/collector';
import type { TestEnvironment } from '../test-environment';
import type { Post } from '../child-messages';
import type { Connector } from '../../../shared/contract/connector';
import { DELIVER_QUEUE } from '../../../shared/admin';

/** Posts at the beginning of a round: the first alone, the others at once, so that they share a blob. */
const POSTS = 3;
/** Records in a post: more than one call of the workspace takes under the fault `too-large`. */
const RECORDS = 40;
/** A client repeats an unanswered post after this time. */
const RETRY_AFTER_MS = 30_000;
/** A post that was not answered after this many attempts never will be. */
const MAX_ATTEMPTS = 40;
/** Messages that become visible by then belong to the round. */
const SOON_MS = 2_000;
const MAX_MESSAGES = 500;
/** Longer than any wait before a retry. */
const LATER_MS = 3_600_000;
const MAX_SWEEPS = 20;

/** How one kind of client signs its posts, and how its records are found in rows. */
export interface PushScenarioOptions extends Pick<Scenario, 'name' | 'sourcesOf' | 'tableOf'> {
  /** The connector that the spool stores its bodies under. */
  ownerOf(connector: Connector): string;
  /** A post with one record for each of these ids, signed at the current time. */
  sign(environment: TestEnvironment, source: string, sent: Pick<PostAttempt, 'ids' | 'name'>): Post;
  /** The id of a row's record. */
  idOfRow(row: StoredRow): string;
  /** The id of a record. */
  idOfRecord(record: JsonObject): string;
}

/** A client that pushes. */
interface Client {
  /** Posts that were not answered with 200 yet. */
  pending: readonly PostAttempt[];
  /** Attempts that were answered with 200, in order: their records must arrive. */
  readonly acknowledged: PostAttempt[];
  /** Attempts that were not: their bodies may have been stored all the same. */
  readonly unanswered: PostAttempt[];
  /** How many posts were made, and how many rounds began. */
  posts: number;
  rounds: number;
}

/** One attempt of one post. Each attempt has its own record ids, so that rows show which attempt arrived. */
export interface PostAttempt {
  readonly name: string;
  readonly source: string;
  readonly number: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly ids: readonly string[];
}

const clients = new WeakMap<TestEnvironment, Client>();

function clientOf(environment: TestEnvironment): Client {
  const client = clients.get(environment) ?? {
    pending: [],
    acknowledged: [],
    unanswered: [],
    posts: 0,
    rounds: 0,
  };
  clients.set(environment, client);
  return client;
}

/** A client posts, and repeats what was not answered with 200; queue messages trigger the deliveries. */
export const pushScenario = (options: PushScenarioOptions): Scenario => ({
  name: options.name,
  isInPreviousVersion: false,
  sourcesOf: (sut) => options.sourcesOf(sut),
  tableOf: (connector, source) => options.tableOf(connector, source),

  async begin(environment, killAt) {
    const client = clientOf(environment);
    client.rounds++;
    addPosts(environment, POSTS);
    const before = environment.kills.length;
    const reached = await postPending(options, environment, killAt);
    if (environment.kills.length === before) {
      await environment.advance(SOON_MS);
      await deliverDue(environment, killAt === undefined ? undefined : killAt - reached);
    }
  },

  async concurrentRun(environment) {
    const { sources, sut } = environment.options;
    const connector = options.ownerOf(sut.connector);
    for (const source of sources)
      await environment.invoke({ kind: 'deliver', message: { connector, instance: 'default', source } });
  },

  async settle(environment) {
    const client = clientOf(environment);
    // One more post in each round, after the fault.
    if (client.posts < client.rounds * (POSTS + 1)) addPosts(environment, 1);
    for (let attempts = 0; client.pending.length > 0; attempts++) {
      if (attempts === MAX_ATTEMPTS) throw new Error(`posts were refused ${MAX_ATTEMPTS} times`);
      await environment.advance(RETRY_AFTER_MS);
      await postPending(options, environment);
    }
    await environment.advance(SOON_MS);
    await deliverDue(environment);
  },

  async finish(environment) {
    await waitForDelivery(environment, {
      deliverDue: () => deliverDue(environment),
      countPending: () => countPendingBodies(environment),
      blockedUntilMs: () => blockedUntilMs(environment),
    });
    for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
      await environment.advance(LATER_MS);
      await environment.invoke({ kind: 'sweep' });
      await this.settle(environment);
      if ((await countPendingBodies(environment)) === 0) return;
    }
    throw new Error(
      `the spool is not empty after ${MAX_SWEEPS} sweeps: ${environment.reports.at(-1)?.error?.message ?? ''}`,
    );
  },

  expect: (environment) =>
    environment.options.sources.map((source) => expected(options, environment, source)),
});

function expected(options: PushScenarioOptions, environment: TestEnvironment, source: string): Expected {
  const { faults, sut } = environment.options;
  const { acknowledged, rounds, unanswered } = clientOf(environment);
  const isOfSource = (sent: PostAttempt): boolean => sent.source === source;
  return {
    source,
    table: options.tableOf(sut.connector, source)?.name ?? '',
    rows: new Map(acknowledged.filter(isOfSource).flatMap(({ ids }) => ids.map((id) => [id, 1] as const))),
    optionalIds: new Set(unanswered.filter(isOfSource).flatMap(({ ids }) => ids)),
    inOrder: faults.every(({ name }) => name === 'workspace-away'),
    idOf: (id) => id,
    eventIdOf: (row) => options.idOfRow(row),
    idsOfDeadLetter: ({ record }) => idsIn(options, record ?? null),
    isPushed: true,
    // A delivery sends every pending body, also those that a killed one left. The last post of the last round comes later.
    pageRows: (rounds * (POSTS + 1) - 1) * RECORDS,
  };
}

/** Sends all pending posts; those not answered with 200 stay pending. @returns how many injection points were reached */
async function postPending(
  options: PushScenarioOptions,
  environment: TestEnvironment,
  killAt?: number,
): Promise<number> {
  const client = clientOf(environment);
  const attempts = client.pending;
  const posts = attempts.map((one) => options.sign(environment, one.source, one));
  const groups = [posts.slice(0, 1), posts.slice(1)].filter((group) => group.length > 0);
  const result = await environment.invoke({ kind: 'push', groups }, killAt);
  const isAcknowledged = ({ name }: PostAttempt): boolean => environment.answeredPosts.get(name) === 200;
  const unanswered = attempts.filter((one) => !isAcknowledged(one));
  client.acknowledged.push(...attempts.filter(isAcknowledged));
  client.unanswered.push(...unanswered);
  client.pending = unanswered.map(({ attempt, number, source }) => postAttempt(source, number, attempt + 1));
  return 'killed' in result ? 0 : result.injectionPoints;
}

function addPosts(environment: TestEnvironment, posts: number): void {
  const client = clientOf(environment);
  const first = client.posts;
  client.posts += posts;
  const more = environment.options.sources.flatMap((source) =>
    Array.from({ length: posts }, (_, at) => postAttempt(source, first + at, 1)),
  );
  client.pending = [...client.pending, ...more];
}

function postAttempt(source: string, number: number, attempt: number): PostAttempt {
  const name = `${source}-${number}-${attempt}`;
  const ids = Array.from({ length: RECORDS }, (_, at) => `${name}-${at}`);
  return { name, source, number, attempt, ids };
}

/** Delivers every visible message, including those that become visible meanwhile. @param killAt where the first one's process is killed */
async function deliverDue(environment: TestEnvironment, killAt?: number): Promise<void> {
  const { platform } = environment;
  let at = killAt;
  for (let delivered = 0; delivered < MAX_MESSAGES; delivered++) {
    const next = nextMessage(environment, [DELIVER_QUEUE]);
    if (next === undefined || next.visibleAtMs > environment.now().getTime()) return;
    const text = takeMessage(environment, next);
    const deliver = (kill?: number): Promise<void> =>
      deliverMessage(environment, text, (message) => ({ kind: 'deliver', message }), kill);
    await Promise.all([deliver(at), ...Array.from({ length: platform.starts - 1 }, () => deliver())]);
    at = undefined;
  }
  throw new Error(`the queue was not empty after ${MAX_MESSAGES} messages`);
}

/** How many stored blobs are not delivered. */
async function countPendingBodies({ storage: { container } }: TestEnvironment): Promise<number> {
  let pending = 0;
  for await (const _ of container.listBlobsFlat({ prefix: 'spool/' })) pending++;
  return pending;
}

/** Until when deliveries are blocked; 0 if none is. */
async function blockedUntilMs({ storage: { container } }: TestEnvironment): Promise<number> {
  let untilMs = 0;
  for await (const { name } of container.listBlobsFlat({ prefix: 'spool-totals/' })) {
    const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
    const { waiting } = JSON.parse(text) as Partial<SpoolCounters>;
    untilMs = Math.max(untilMs, Date.parse(waiting?.retryAt ?? '') || 0);
  }
  return untilMs;
}

/** The ids in a dead letter, which holds a record or a whole body. */
function idsIn(options: PushScenarioOptions, text: Json): string[] {
  const value: Json = typeof text === 'string' ? parseJson(text) : null;
  const records = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return records.flatMap((record) => (isObject(record) ? [options.idOfRecord(record)] : []));
}
