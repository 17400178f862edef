import { folders } from '../../../connectors/list';
import type { Receive } from '../../../shared/contract/webhook';
import {
  changedBody,
  changesOfBytes,
  changesOfHeaders,
  UNSIGNED_OF_LOGS,
  unsignedHeaders,
  type Change,
} from '../../fakes/unsigned-changes';
import type { Fault } from '../fault';
import type { Scene } from '../test-environment';
import type { Invocation, Post } from '../child-messages';
import type { UniqueView } from '../unique-view';
import type { Law } from './law';
import { loadConnectors } from '../../../shared/load';
import { tablesOf } from '../../../shared/admin';

/** A recorded post, changed on its way. */
interface Copy {
  readonly post: Post;
  readonly says: string;
  /** Nobody may take it: the signature covers what is changed, or its key may not write there. */
  readonly isForbidden: boolean;
}

/** What each event was answered with before the copies came, by table, instance and event id. */
type Answers = ReadonlyMap<string, string>;

const posted = new WeakMap<Scene, Post[]>();
const tried = new WeakMap<Scene, { readonly before: Answers; readonly copies: readonly Copy[] }>();
const wrongs = new WeakMap<Scene, readonly string[]>();

/** What no signature covers decides nothing. */
export const unsigned: Law = {
  name: 'unsigned',
  says: 'A recorded post that comes again with what no signature covers changed changes no answer of …Unique.',
  broken: (scene) => wrongs.get(scene) ?? [],
};

/** Whoever reads posts on their way sends them again, each header and byte changed that no signature covers. */
export const UNSIGNED_PARTS: Fault = {
  name: 'unsigned-parts',
  says: 'A recorded post comes again, with each header and byte changed that no signature covers.',
  journey: 'push',
  repeats: true,
  mend: sendChanged,
  afterwards: compare,
};

/** Keeps the posts of an invocation. */
export function followPosts(scene: Scene, invocation: Invocation): void {
  if (invocation.kind !== 'push') return;
  posted.set(scene, [...(posted.get(scene) ?? []), ...invocation.groups.flat()]);
}

async function sendChanged(scene: Scene, view: UniqueView): Promise<void> {
  const before = await answersOf(scene, view);
  const taken = (posted.get(scene) ?? []).filter(({ name }) => scene.answers.get(name) === 200);
  const newest = new Map(taken.map((post) => [post.to?.source ?? '', post]));
  const copies = [...newest.values()].flatMap((post) => copiesOf(scene, post));
  await scene.invoke({ kind: 'push', groups: [copies.map(({ post }) => post)] });
  await forgetBodies(scene);
  tried.set(scene, { before, copies });
}

async function compare(scene: Scene, view: UniqueView): Promise<void> {
  const { before, copies } = tried.get(scene) ?? { before: new Map<string, string>(), copies: [] };
  const after = await answersOf(scene, view);
  const changed = [...before].filter(([id, row]) => after.get(id) !== row);
  wrongs.set(scene, [
    ...copies
      .filter(({ isForbidden, post }) => isForbidden && scene.answers.get(post.name) === 200)
      .map(({ post, says }) => `${post.to?.source ?? '/api/logs'} took a recorded post with another ${says}`),
    ...changed.slice(0, 1).map(([id]) => `${changed.length} events are answered otherwise now, first ${id}`),
  ]);
}

/** Every change of one post. */
function copiesOf({ parts }: Scene, post: Post): readonly Copy[] {
  const receive = parts.subject.connector.sources[post.to?.source ?? '']?.receive;
  const bytes = Buffer.from(post.body, 'latin1');
  const copy = (change: Change, isForbidden = false): Copy => ({
    post: {
      ...post,
      name: `${post.name} ${change.says}`,
      headers: { ...post.headers, ...change.headers },
      query: new URLSearchParams([
        ...new URLSearchParams(post.query),
        ...Object.entries(change.query ?? {}),
      ]).toString(),
      body: Buffer.from(changedBody(bytes, change)).toString('latin1'),
    },
    says: change.says,
    isForbidden,
  });
  const isCovered = receive?.verify.kind === 'hmac';
  return [
    ...changesOfHeaders(headersOf(receive)).map((change) => copy(change)),
    ...changesOfBytes(bytes.length).map((change) => copy(change, isCovered)),
    ...(receive === undefined ? ownedLogTypes().map((change) => copy(change, true)) : []),
  ];
}

/** Of `/api/logs` the content type is signed. */
function headersOf(receive: Receive | undefined): readonly string[] {
  if (receive !== undefined) return unsignedHeaders(receive);
  const names = Object.keys(UNSIGNED_OF_LOGS).filter((name) => name !== 'log-type');
  return [...names, 'content-encoding', 'x-unlike'];
}

/** A key that names no Log-Types never writes into the table of a connector. */
function ownedLogTypes(): readonly Change[] {
  return tablesOf(loadConnectors(folders()).connectors).map(({ name }) => {
    const logType = name.replace(/_CL$/, '');
    return { says: `log-type: ${logType}`, headers: { 'log-type': logType } };
  });
}

async function answersOf({ chronicle, parts }: Scene, view: UniqueView): Promise<Answers> {
  const answers = new Map<string, string>();
  for (const source of parts.sources) {
    const table = parts.journey.tableOf(parts.subject.connector, source)?.name ?? '';
    const taken = chronicle.taken.get(table) ?? [];
    const idOf = (row: (typeof taken)[number]['row']): string => (row['EventId'] as string | undefined) ?? '';
    for (const place of await view.places(taken, idOf, true)) {
      const row = taken[place]?.row ?? {};
      // What has no id is the copy of nothing.
      const id = idOf(row) === '' ? place : idOf(row);
      answers.set(JSON.stringify([table, row['Instance'] ?? '', id]), JSON.stringify(row));
    }
  }
  return answers;
}

/** As if more bodies had come since than a source remembers. */
async function forgetBodies({ storage: { container } }: Scene): Promise<void> {
  if (!(await container.exists())) return;
  for await (const { name } of container.listBlobsFlat({ prefix: 'spool-totals/' })) {
    const blob = container.getBlockBlobClient(name);
    const totals = JSON.parse((await blob.downloadToBuffer()).toString('utf8')) as object;
    const text = JSON.stringify({ ...totals, remembered: [] });
    // A process that was killed may hold it still: then they are remembered.
    if ('remembered' in totals) await blob.upload(text, text.length).catch(() => undefined);
  }
}
