import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import { pick } from '../../../local/vendor/random';
import type { Json } from '../../../shared/contract/json';
import { NONSENSE, nonsenseOf, type Nonsense } from '../../fakes/damaged-json';
import type { Fault } from '../fault';
import type { Scene } from '../test-environment';
import type { Rule } from '../fault-rules';
import type { Storage, StorageFault, StorageRequest } from '../storage';
import type { Law } from './law';

/** A blob that was replaced in storage. */
export interface Spoiled {
  readonly name: string;
  /** What it became, by {@link NONSENSE}. */
  readonly kind: string;
  readonly before: Buffer;
  readonly after: Buffer;
  readonly properties: Pick<BlobItem, 'metadata'> & { readonly isAppended: boolean };
  /** True once the app has read it as it was replaced. */
  isRead: boolean;
}

/** What was spoiled in a scene, and what had happened before. */
interface Spoiling {
  readonly blobs: readonly Spoiled[];
  readonly source: string | undefined;
  readonly lines: number;
  readonly reports: number;
}

/** What could be right: of these only the consequences are judged, by what arrives. */
const PLAUSIBLE = ['more than there is', 'far futures', 'hostile paths'];
/** What a reader cannot check: a vendor's position, the range of a backfill, what an audit event shows as before and after. */
const BELIEVED: Readonly<Record<string, readonly string[]>> = {
  acts: ['less than nothing'],
  checkpoints: ['hostile paths'],
  backfills: ['hostile paths', 'far futures'],
};
/** Nothing rests on these: the next that is written takes the place of a damaged one. */
const DISPOSABLE = ['runs', 'seen'];
/** In place of a blob that is no JSON. */
const ANY: Json = { version: 1, name: 'x', count: 1, at: '2026-01-15T12:00:00.000Z' };
/** Copies of what was damaged: nobody reads them. */
const KEPT = 'damaged/';

const spoilings = new WeakMap<Scene, Spoiling>();
const wrongs = new WeakMap<Scene, string[]>();

/** One damaged blob costs itself. */
export const spoiled: Law = {
  name: 'spoiled',
  says: 'A stored blob that means nothing is told with its name, and kept as it is or moved aside; its neighbours go on.',
  broken: (scene) => wrongs.get(scene) ?? [],
};

/** What a person or another program left in the place of stored state, until it is put back. */
export const NONSENSE_BLOBS: Fault = {
  name: 'nonsense-blobs',
  says: 'Between two rounds what is stored of one kind, of one source, is replaced by JSON of the wrong meaning, and put back at the end.',
  // A place that looks like one leads to another question.
  complaints: true,
  // What is not remembered any more is sent again.
  repeats: (scene) =>
    spoilings.get(scene)?.blobs.some(({ isRead, name }) => isRead && folderOf(name) === 'seen') === true,
  between: spoil,
  mend,
};

/** Replaces every blob of one kind and one source, whichever the seed says. */
async function spoil(scene: Scene): Promise<void> {
  const { random, storage } = scene;
  // Whoever is killed early stores nothing.
  if (!(await storage.container.exists())) return;
  const all: BlobItem[] = [];
  for await (const blob of storage.container.listBlobsFlat({ includeMetadata: true })) all.push(blob);
  const here = all.filter(({ name }) => !name.startsWith(KEPT));
  if (here.length === 0) return;
  const folder = pick(random, namesOf(here, folderOf));
  const inFolder = here.filter(({ name }) => folderOf(name) === folder);
  const group = pick(random, namesOf(inFolder, groupOf));
  const kinds = Object.keys(NONSENSE).filter((one) => BELIEVED[folder]?.includes(one) !== true);
  const kind = pick(random, kinds);
  const blobs: Spoiled[] = [];
  for (const { metadata = {}, name, properties } of inFolder.filter((blob) => groupOf(blob.name) === group)) {
    const before = await storage.container.getBlobClient(name).downloadToBuffer();
    const after = Buffer.from(nonsense(before.toString('utf8'), NONSENSE[kind] as Nonsense));
    if (after.equals(before)) continue;
    const isAppended = properties.blobType === 'AppendBlob';
    const one = {
      name,
      kind,
      before,
      after,
      properties: { metadata, isAppended },
      isRead: false,
      isWritten: false,
    };
    await write(storage, one, after);
    blobs.push(one);
  }
  const [, , , source] = group.split('/');
  spoilings.set(scene, { blobs, source, lines: scene.lines.length, reports: scene.reports.length });
  storage.rules.add(...blobs.map((one) => watchReads(storage.container, one)));
}

function namesOf(blobs: readonly BlobItem[], of: (name: string) => string): readonly string[] {
  return [...new Set(blobs.map(({ name }) => of(name)))].sort();
}

function folderOf(name: string): string {
  return name.split('/')[0] ?? '';
}

/** `<folder>/<connector>/<instance>/<source>`, as far as a name has that. */
function groupOf(name: string): string {
  return name
    .replace(/\.json$/, '')
    .split('/')
    .slice(0, 4)
    .join('/');
}

function nonsense(text: string, kind: Nonsense): string {
  const changed = nonsenseOf(text, kind);
  return changed === text && !isJson(text) ? JSON.stringify(kind(ANY)) : changed;
}

function isJson(text: string): boolean {
  return /^[[{]/.test(text);
}

/** Notes that a blob is read as it was replaced: what the app has written since is its own. */
function watchReads(container: ContainerClient, blob: Spoiled): Rule<StorageFault, StorageRequest> {
  const look = async (): Promise<void> => {
    if (isAsReplaced(await read(container, blob.name), blob)) blob.isRead = true;
  };
  return {
    on: ({ comp, method, path }) => method === 'GET' && comp === null && nameOf(path) === blob.name,
    does: { do: 'meanwhile', first: look },
    times: Number.POSITIVE_INFINITY,
  };
}

/** True where nothing was changed since, but lines may have been added. */
function isAsReplaced(became: Buffer | undefined, { after }: Spoiled): became is Buffer {
  return became?.subarray(0, after.length).equals(after) === true;
}

function nameOf(path: string): string {
  return decodeURIComponent(path.split('/').slice(2).join('/'));
}

/** Looks at everything as an operator would, judges, and puts back what is as it was left. */
async function mend(scene: Scene): Promise<void> {
  const { kills, parts, storage } = scene;
  const spoiling = spoilings.get(scene);
  if (spoiling === undefined) return;
  const connector = parts.subject.connector.name;
  const ids = parts.sources.map((source) => ({ connector, instance: 'default', source }));
  const looked = await scene.invoke({ kind: 'look', ids });
  const problems: string[] = [];
  for (const one of spoiling.blobs) problems.push(...(await putBack(storage, one)));
  // Of several faults nobody can say whose the failure is.
  const isAlone = parts.faults.length === 1 && kills.length === 0;
  if (isAlone) problems.push(...untold(scene, spoiling), ...neighbourProblems(scene, spoiling));
  if (isAlone && 'error' in looked && looked.error !== undefined)
    problems.push(`the page and the lists: ${looked.error.message}`);
  wrongs.set(scene, problems);
}

/** Puts a blob back that is as it was left, with what was added to it. @returns what is wrong with any other */
async function putBack(storage: Storage, one: Spoiled): Promise<readonly string[]> {
  const { container } = storage;
  const became = await read(container, one.name);
  if (isAsReplaced(became, one)) {
    await write(storage, one, Buffer.concat([one.before, became.subarray(one.after.length)]));
    return [];
  }
  const isSafe = DISPOSABLE.includes(folderOf(one.name)) || (await isKept(container, one));
  return isSafe || !isJudged(one)
    ? []
    : [`${one.name} was ${one.kind}, and is neither left as it was nor moved aside`];
}

const isJudged = ({ isRead, kind }: Spoiled): boolean => isRead && !PLAUSIBLE.includes(kind);

function untold({ lines }: Scene, { blobs, lines: first }: Spoiling): string[] {
  const told = lines.slice(first).join('\n');
  return blobs
    .filter((one) => isJudged(one) && !told.includes(one.name))
    .map(({ kind, name }) => `${name} was ${kind}, and nobody was told`);
}

function neighbourProblems({ reports }: Scene, { blobs, reports: first, source }: Spoiling): string[] {
  return reports
    .slice(first)
    .filter((report) => report.outcome === 'failed' && report.source !== source)
    .map(({ error, source: other }) => `${blobs[0]?.name ?? ''} stopped ${other}: ${error?.message ?? ''}`);
}

/** True where its bytes were moved aside. */
async function isKept(container: ContainerClient, { after, name }: Spoiled): Promise<boolean> {
  for await (const copy of container.listBlobsFlat({ prefix: KEPT }))
    if (
      copy.name.includes(name) &&
      (await container.getBlobClient(copy.name).downloadToBuffer()).equals(after)
    )
      return true;
  return false;
}

async function read(container: ContainerClient, name: string): Promise<Buffer | undefined> {
  const blob = container.getBlobClient(name);
  return (await blob.exists()) ? blob.downloadToBuffer() : undefined;
}

/** Puts bytes in the place of a blob, of the same type and with the same metadata, whoever was killed with a lease on it. */
async function write(
  { container, endLease }: Storage,
  { name, properties: { isAppended, metadata = {} } }: Spoiled,
  bytes: Buffer,
): Promise<void> {
  await endLease(`/${container.containerName}/${encodeURIComponent(name)}`);
  await container.getBlobClient(name).deleteIfExists();
  if (!isAppended) {
    await container.getBlockBlobClient(name).upload(bytes, bytes.length, { metadata });
    return;
  }
  const blob = container.getAppendBlobClient(name);
  await blob.create({ metadata });
  if (bytes.length > 0) await blob.appendBlock(bytes, bytes.length);
}
