import { createHmac } from 'node:crypto';
import { DELIVER_QUEUE } from '../../shared/app';
import type { Json } from '../../shared/contract/json';
import { parseJson } from '../../shared/kit/json';
import { LOGS } from '../../shared/kit/names';
import { isObject } from '../../shared/kit/paths';
import type { Expected, Journey } from '../journey';
import { handOver } from '../messages';
import { PUSHER, type Scene, type Subject } from '../scene';
import type { Post } from '../task';

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

/** What stands for the senders: they belong to no folder. */
export const PUSHERS: Subject = {
  connector: { name: LOGS, title: 'Data Collector API', settings: {}, sources: {} },
  folder: '',
};
const SOURCE = 'Pushed';

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
interface Sent {
  readonly name: string;
  readonly number: number;
  readonly ids: readonly string[];
}

const senders = new WeakMap<Scene, Sender>();

function senderOf(scene: Scene): Sender {
  const sender = senders.get(scene) ?? { waiting: [], taken: [], lost: [], posts: 0, rounds: 0 };
  senders.set(scene, sender);
  return sender;
}

/** Someone posts to us, and posts again what was not answered with 200; messages of the queue bring it to the workspace. */
export const push: Journey = {
  name: 'push',
  knownBefore: false,
  sourcesOf: ({ name }) => ({ proven: name === LOGS ? [SOURCE] : [], unproven: [] }),
  tableOf: (_connector, source) => ({ name: `${source}_CL` }),

  async begin(scene, killAt) {
    const sender = senderOf(scene);
    sender.rounds++;
    add(sender, POSTS);
    const before = scene.kills.length;
    const crossed = await post(scene, sender, killAt);
    if (scene.kills.length === before) {
      await scene.pass(SOON_MS);
      await deliverDue(scene, killAt === undefined ? undefined : killAt - crossed);
    }
    // Whoever owns the storage and knows that no run is alive need not wait for leases to end.
    if (scene.kills.length > before) await scene.invoke({ kind: 'break-leases' });
  },

  async rival(scene) {
    await scene.invoke({
      kind: 'deliver',
      message: { connector: LOGS, instance: 'default', source: SOURCE },
    });
  },

  async settle(scene) {
    const sender = senderOf(scene);
    // One more comes in each round, behind what went wrong.
    if (sender.posts < sender.rounds * (POSTS + 1)) add(sender, 1);
    for (let tries = 0; sender.waiting.length > 0; tries++) {
      if (tries === MAX_TRIES) throw new Error(`posts were refused ${MAX_TRIES} times`);
      await scene.pass(AGAIN_AFTER_MS);
      await post(scene, sender);
    }
    await scene.pass(SOON_MS);
    await deliverDue(scene);
  },

  async finish(scene) {
    for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
      await scene.pass(LATER_MS);
      await scene.invoke({ kind: 'sweep' });
      await this.settle(scene);
      if (await isEmpty(scene)) return;
    }
    throw new Error(
      `the spool is not empty after ${MAX_SWEEPS} sweeps: ${scene.reports.at(-1)?.error?.message ?? ''}`,
    );
  },

  expect(scene) {
    const { faults } = scene.parts;
    const { lost, taken } = senderOf(scene);
    const expected: Expected = {
      source: SOURCE,
      table: `${SOURCE}_CL`,
      rows: new Map(taken.flatMap(({ ids }) => ids.map((id) => [id, 1] as const))),
      mayCome: new Set(lost.flatMap(({ ids }) => ids)),
      inOrder: faults.every(({ name }) => name === 'workspace-away'),
      idOf: (id) => id,
      // The column that the old API makes of it, or the property itself where the workspace makes the column.
      eventIdOf: (row) => (row['EventId_s'] ?? row['EventId']) as string,
      idsOfLetter: ({ record }) => idsIn(record ?? null),
      pageRows: POSTS * RECORDS,
    };
    return [expected];
  },
};

/** Posts everything that waits; what is not answered with 200 waits on. @returns how many crossings there were */
async function post(scene: Scene, sender: Sender, killAt?: number): Promise<number> {
  const tries = sender.waiting;
  const posts = tries.map((one) => signed(one, scene.now()));
  const groups = [posts.slice(0, 1), posts.slice(1)].filter((group) => group.length > 0);
  const ended = await scene.invoke({ kind: 'push', groups }, killAt);
  const isTaken = ({ name }: Sent): boolean => scene.answers.get(name) === 200;
  const missed = tries.filter((one) => !isTaken(one));
  sender.taken.push(...tries.filter(isTaken));
  sender.lost.push(...missed);
  sender.waiting = missed.map(({ name, number }) => tryOf(number, Number(name.split('-')[1]) + 1));
  return 'killed' in ended ? 0 : ended.crossings;
}

function add(sender: Sender, posts: number): void {
  const first = sender.posts;
  sender.posts += posts;
  sender.waiting = [...sender.waiting, ...Array.from({ length: posts }, (_, at) => tryOf(first + at, 1))];
}

function tryOf(number: number, tries: number): Sent {
  const name = `${number}-${tries}`;
  return { name, number, ids: Array.from({ length: RECORDS }, (_, at) => `${name}-${at}`) };
}

/** A post as a client of the Data Collector API makes it. @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api */
function signed({ ids, name }: Sent, now: Date): Post {
  const body = JSON.stringify(ids.map((id) => ({ EventId: id, count: 1 })));
  const date = now.toUTCString();
  const text = `POST\n${body.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  const signature = createHmac('sha256', Buffer.from(PUSHER.key, 'base64')).update(text).digest('base64');
  const headers = {
    authorization: `SharedKey ${PUSHER.workspaceId}:${signature}`,
    'content-type': 'application/json',
    'log-type': SOURCE,
    'x-ms-date': date,
  };
  return { name, headers, body };
}

/** Hands over every message that may be seen, also those that come meanwhile. A process may be killed in the first. */
async function deliverDue(scene: Scene, killAt?: number): Promise<void> {
  const { messages, platform } = scene;
  let at = killAt;
  for (let handed = 0; handed < MAX_MESSAGES; handed++) {
    const next = messages.findIndex(
      ({ dueAt, queue }) => queue === DELIVER_QUEUE && dueAt <= scene.now().getTime(),
    );
    if (next < 0) return;
    const [{ text } = { text: '' }] = messages.splice(next, 1);
    const give = (kill?: number): Promise<void> =>
      handOver(scene, text, (message) => ({ kind: 'deliver', message }), kill);
    await Promise.all([give(at), ...Array.from({ length: platform.starts - 1 }, () => give())]);
    at = undefined;
  }
  throw new Error(`the queue was not empty after ${MAX_MESSAGES} messages`);
}

async function isEmpty({ storage: { container } }: Scene): Promise<boolean> {
  for await (const _ of container.listBlobsFlat({ prefix: 'spool/' })) return false;
  return true;
}

/** A letter holds a record, or a whole body. */
function idsIn(text: Json): string[] {
  const value: Json = typeof text === 'string' ? parseJson(text) : null;
  const records = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return records.flatMap((record) => (isObject(record) ? [record['EventId'] as string] : []));
}
