import type { Json, JsonObject } from '../../../shared/contract/json';
import type { SpoolCounters } from '../../../shared/contract/spool';
import { parseJson } from '../../../shared/values/json/json';
import { isObject } from '../../../shared/values/json-path';
import type { Expected, Journey } from '../scenario';
import { leaveAlone } from '../laws/liveness';
import { handOver, nextOf, take } from '../queue-messages';
import type { StoredRow } from '../../fakes/collector';
import type { Scene } from '../test-environment';
import type { Post } from '../child-messages';
import type { Connector } from '../../../shared/contract/connector';
import { DELIVER_QUEUE } from '../../../shared/admin';

/** Posts that begin a round: the first alone, the others at once, so that they share what is stored. */
const POSTS = 3;
/** More than the workspace may take at once, where a fault makes it choosy. */
const RECORDS = 40;
/** When whoever was not answered posts again. */
const AGAIN_AFTER_MS = 30_000;
/** Who tries more often than this will not be answered any more. */
const MAX_TRIES = 40;
/** Messages that are seen by then belong to the round. */
const SOON_MS = 2_000;
const MAX_MESSAGES = 500;
/** Longer than anything waits before it is tried again. */
const LATER_MS = 3_600_000;
const MAX_SWEEPS = 20;

/** One way in for what is pushed: who signs how, and what the workspace makes of it. */
export interface Door extends Pick<Journey, 'name' | 'sourcesOf' | 'tableOf'> {
  /** What its sources belong to, as the spool knows it. */
  ownerOf(connector: Connector): string;
  /** A post with a record for each of these ids, signed now. */
  sign(scene: Scene, source: string, sent: Pick<Sent, 'ids' | 'name'>): Post;
  /** The id that a record was given, in a row. */
  idOfRow(row: StoredRow): string;
  /** The id that a record was given. */
  idOfRecord(record: JsonObject): string;
}

/** Someone who pushes: what was posted, in order, and how often a post was tried. */
interface Sender {
  /** Posts that were not answered with 200 yet. */
  waiting: readonly Sent[];
  /** Those that were, in order: they must arrive. */
  readonly taken: Sent[];
  /** Tries that were not: they may have been stored all the same. */
  readonly lost: Sent[];
  /** How many bodies there were, and how many rounds began. */
  posts: number;
  rounds: number;
}

/** One try of one post. Each try has records of its own names, so that whoever counts them can tell which one came. */
export interface Sent {
  readonly name: string;
  readonly source: string;
  readonly number: number;
  readonly tries: number;
  readonly ids: readonly string[];
}

const senders = new WeakMap<Scene, Sender>();

function senderOf(scene: Scene): Sender {
  const sender = senders.get(scene) ?? { waiting: [], taken: [], lost: [], posts: 0, rounds: 0 };
  senders.set(scene, sender);
  return sender;
}

/** Someone posts to us, and posts again what was not answered with 200; messages of the queue bring it to the workspace. */
export const pushedBy = (door: Door): Journey => ({
  name: door.name,
  knownBefore: false,
  sourcesOf: (subject) => door.sourcesOf(subject),
  tableOf: (connector, source) => door.tableOf(connector, source),

  async begin(scene, killAt) {
    const sender = senderOf(scene);
    sender.rounds++;
    add(scene, POSTS);
    const before = scene.kills.length;
    const crossed = await post(door, scene, killAt);
    if (scene.kills.length === before) {
      await scene.pass(SOON_MS);
      await deliverDue(scene, killAt === undefined ? undefined : killAt - crossed);
    }
  },

  async rival(scene) {
    const { sources, subject } = scene.parts;
    const connector = door.ownerOf(subject.connector);
    for (const source of sources)
      await scene.invoke({ kind: 'deliver', message: { connector, instance: 'default', source } });
  },

  async settle(scene) {
    const sender = senderOf(scene);
    // One more comes in each round, behind what went wrong.
    if (sender.posts < sender.rounds * (POSTS + 1)) add(scene, 1);
    for (let tries = 0; sender.waiting.length > 0; tries++) {
      if (tries === MAX_TRIES) throw new Error(`posts were refused ${MAX_TRIES} times`);
      await scene.pass(AGAIN_AFTER_MS);
      await post(door, scene);
    }
    await scene.pass(SOON_MS);
    await deliverDue(scene);
  },

  async finish(scene) {
    await leaveAlone(scene, {
      handOver: () => deliverDue(scene),
      left: () => bodiesLeft(scene),
      waitsUntilMs: () => waitsUntilMs(scene),
    });
    for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
      await scene.pass(LATER_MS);
      await scene.invoke({ kind: 'sweep' });
      await this.settle(scene);
      if ((await bodiesLeft(scene)) === 0) return;
    }
    throw new Error(
      `the spool is not empty after ${MAX_SWEEPS} sweeps: ${scene.reports.at(-1)?.error?.message ?? ''}`,
    );
  },

  expect: (scene) => scene.parts.sources.map((source) => expected(door, scene, source)),
});

function expected(door: Door, scene: Scene, source: string): Expected {
  const { faults, subject } = scene.parts;
  const { lost, rounds, taken } = senderOf(scene);
  const isOurs = (sent: Sent): boolean => sent.source === source;
  return {
    source,
    table: door.tableOf(subject.connector, source)?.name ?? '',
    rows: new Map(taken.filter(isOurs).flatMap(({ ids }) => ids.map((id) => [id, 1] as const))),
    mayCome: new Set(lost.filter(isOurs).flatMap(({ ids }) => ids)),
    inOrder: faults.every(({ name }) => name === 'workspace-away'),
    idOf: (id) => id,
    eventIdOf: (row) => door.idOfRow(row),
    idsOfLetter: ({ record }) => idsIn(door, record ?? null),
    isPushed: true,
    // A delivery sends everything that waits: what a killed one left, too. The last post of the last round comes later.
    pageRows: (rounds * (POSTS + 1) - 1) * RECORDS,
  };
}

/** Posts everything that waits; what is not answered with 200 waits on. @returns how many crossings there were */
async function post(door: Door, scene: Scene, killAt?: number): Promise<number> {
  const sender = senderOf(scene);
  const tries = sender.waiting;
  const posts = tries.map((one) => door.sign(scene, one.source, one));
  const groups = [posts.slice(0, 1), posts.slice(1)].filter((group) => group.length > 0);
  const ended = await scene.invoke({ kind: 'push', groups }, killAt);
  const isTaken = ({ name }: Sent): boolean => scene.answers.get(name) === 200;
  const missed = tries.filter((one) => !isTaken(one));
  sender.taken.push(...tries.filter(isTaken));
  sender.lost.push(...missed);
  sender.waiting = missed.map(({ number, source, tries: before }) => tryOf(source, number, before + 1));
  return 'killed' in ended ? 0 : ended.crossings;
}

function add(scene: Scene, posts: number): void {
  const sender = senderOf(scene);
  const first = sender.posts;
  sender.posts += posts;
  const more = scene.parts.sources.flatMap((source) =>
    Array.from({ length: posts }, (_, at) => tryOf(source, first + at, 1)),
  );
  sender.waiting = [...sender.waiting, ...more];
}

function tryOf(source: string, number: number, tries: number): Sent {
  const name = `${source}-${number}-${tries}`;
  const ids = Array.from({ length: RECORDS }, (_, at) => `${name}-${at}`);
  return { name, source, number, tries, ids };
}

/** Hands over every message that may be seen, also those that come meanwhile. A process may be killed in the first. */
async function deliverDue(scene: Scene, killAt?: number): Promise<void> {
  const { platform } = scene;
  let at = killAt;
  for (let handed = 0; handed < MAX_MESSAGES; handed++) {
    const next = nextOf(scene, [DELIVER_QUEUE]);
    if (next === undefined || next.dueAt > scene.now().getTime()) return;
    const text = take(scene, next);
    const give = (kill?: number): Promise<void> =>
      handOver(scene, text, (message) => ({ kind: 'deliver', message }), kill);
    await Promise.all([give(at), ...Array.from({ length: platform.starts - 1 }, () => give())]);
    at = undefined;
  }
  throw new Error(`the queue was not empty after ${MAX_MESSAGES} messages`);
}

/** How many stored bodies' blobs are not delivered. */
async function bodiesLeft({ storage: { container } }: Scene): Promise<number> {
  let left = 0;
  for await (const _ of container.listBlobsFlat({ prefix: 'spool/' })) left++;
  return left;
}

/** Until when a delivery waits for its workspace. */
async function waitsUntilMs({ storage: { container } }: Scene): Promise<number> {
  let untilMs = 0;
  for await (const { name } of container.listBlobsFlat({ prefix: 'spool-totals/' })) {
    const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
    const { waiting } = JSON.parse(text) as Partial<SpoolCounters>;
    untilMs = Math.max(untilMs, Date.parse(waiting?.retryAt ?? '') || 0);
  }
  return untilMs;
}

/** A letter holds a record, or a whole body. */
function idsIn(door: Door, text: Json): string[] {
  const value: Json = typeof text === 'string' ? parseJson(text) : null;
  const records = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return records.flatMap((record) => (isObject(record) ? [door.idOfRecord(record)] : []));
}
