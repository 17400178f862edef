import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import { pick } from '../../../local/vendor/random';
import type { Json } from '../../../shared/contract/json';
import { DAMAGE_KINDS, damageLines, type Damage } from '../../fakes/damaged-json';
import type { Fault } from '../fault';
import type { TestEnvironment } from '../test-environment';
import type { Rule } from '../fault-rules';
import type { Storage, StorageFault, StorageRequest } from '../storage';
import type { Law } from './law';

/** A blob that was replaced in storage. */
export interface DamagedBlob {
  readonly name: string;
  /** A key of {@link DAMAGE_KINDS}. */
  readonly kind: string;
  readonly before: Buffer;
  readonly after: Buffer;
  readonly properties: Pick<BlobItem, 'metadata'> & { readonly isAppended: boolean };
  /** True once the app has read the damaged blob. */
  isRead: boolean;
}

/** The damaged blobs of a case. */
interface BlobDamage {
  readonly blobs: readonly DamagedBlob[];
  readonly source: string | undefined;
  /** How many log lines there were before. */
  readonly lines: number;
  /** How many runs had ended before. */
  readonly reports: number;
}

/** Values that could be right: only their consequences are judged. */
const PLAUSIBLE = ['more than there is', 'far futures', 'hostile paths'];
/** Values that no reader can check: a vendor's position, the range of a backfill, what an audit event shows as before and after. */
const UNVERIFIABLE: Readonly<Record<string, readonly string[]>> = {
  checkpoints: ['hostile paths'],
  backfills: ['hostile paths', 'far futures'],
  acts: ['less than nothing'],
};
/** Folders whose damaged blobs are simply overwritten: nothing depends on them. */
const DISPOSABLE = ['runs', 'seen'];
/** Replaces a blob that is not JSON. */
const SAMPLE_STATE: Json = { version: 1, name: 'x', count: 1, at: '2026-01-15T12:00:00.000Z' };
/** Copies of damaged blobs. The app never reads them. */
const DAMAGED_FOLDER = 'damaged/';

const damages = new WeakMap<TestEnvironment, BlobDamage>();
const violations = new WeakMap<TestEnvironment, string[]>();

/** One damaged blob costs only itself. */
export const damagedBlobs: Law = {
  name: 'damaged-blobs',
  description:
    'A damaged blob is reported by name, and stays as it is or is moved to damaged/; other sources continue.',
  violations: (environment) => violations.get(environment) ?? [],
};

/** Replaces stored state, as a person or another program could, and restores it at the end. */
export const DAMAGED_BLOBS: Fault = {
  name: 'nonsense-blobs',
  description:
    'Between two rounds all blobs of one kind and one source are replaced by valid JSON with wrong values, and restored at the end.',
  // A wrong but plausible position leads to wrong requests.
  mayComplain: true,
  // Events of a damaged dedup segment are sent again.
  mayRepeat: (environment) =>
    damages.get(environment)?.blobs.some(({ isRead, name }) => isRead && folderOf(name) === 'seen') === true,
  betweenRounds: damageBlobs,
  afterRounds: restoreBlobs,
};

/** Damages every blob of one kind and one source, chosen by the seed. */
async function damageBlobs(environment: TestEnvironment): Promise<void> {
  const { random, storage } = environment;
  // A process that is killed early has stored nothing.
  if (!(await storage.container.exists())) return;
  const all: BlobItem[] = [];
  for await (const blob of storage.container.listBlobsFlat({ includeMetadata: true })) all.push(blob);
  const candidates = all.filter(({ name }) => !name.startsWith(DAMAGED_FOLDER));
  if (candidates.length === 0) return;
  const folder = pick(random, namesOf(candidates, folderOf));
  const inFolder = candidates.filter(({ name }) => folderOf(name) === folder);
  const group = pick(random, namesOf(inFolder, groupOf));
  const kinds = Object.keys(DAMAGE_KINDS).filter((one) => UNVERIFIABLE[folder]?.includes(one) !== true);
  const kind = pick(random, kinds);
  const blobs: DamagedBlob[] = [];
  for (const { metadata = {}, name, properties } of inFolder.filter((blob) => groupOf(blob.name) === group)) {
    const before = await storage.container.getBlobClient(name).downloadToBuffer();
    const after = Buffer.from(damagedText(before.toString('utf8'), DAMAGE_KINDS[kind] as Damage));
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
  damages.set(environment, {
    blobs,
    source,
    lines: environment.logLines.length,
    reports: environment.reports.length,
  });
  storage.rules.add(...blobs.map((one) => watchReads(storage.container, one)));
}

function namesOf(blobs: readonly BlobItem[], of: (name: string) => string): readonly string[] {
  return [...new Set(blobs.map(({ name }) => of(name)))].sort();
}

function folderOf(name: string): string {
  return name.split('/')[0] ?? '';
}

/** `<folder>/<connector>/<instance>/<source>`, or as much of it as a name has. */
function groupOf(name: string): string {
  return name
    .replace(/\.json$/, '')
    .split('/')
    .slice(0, 4)
    .join('/');
}

function damagedText(text: string, kind: Damage): string {
  const changed = damageLines(text, kind);
  return changed === text && !isJson(text) ? JSON.stringify(kind(SAMPLE_STATE)) : changed;
}

function isJson(text: string): boolean {
  return /^[[{]/.test(text);
}

/** Notes when the damaged blob is read. Anything that the app wrote since is its own. */
function watchReads(container: ContainerClient, blob: DamagedBlob): Rule<StorageFault, StorageRequest> {
  const look = async (): Promise<void> => {
    if (isUnchanged(await read(container, blob.name), blob)) blob.isRead = true;
  };
  return {
    matches: ({ comp, method, path }) => method === 'GET' && comp === null && nameOf(path) === blob.name,
    action: { do: 'meanwhile', first: look },
    times: Number.POSITIVE_INFINITY,
  };
}

/** True if the blob is still the damaged one; lines may have been appended. */
function isUnchanged(current: Buffer | undefined, { after }: DamagedBlob): current is Buffer {
  return current?.subarray(0, after.length).equals(after) === true;
}

function nameOf(path: string): string {
  return decodeURIComponent(path.split('/').slice(2).join('/'));
}

/** Reads everything as an operator would, judges, and restores the blobs that are still damaged. */
async function restoreBlobs(environment: TestEnvironment): Promise<void> {
  const { kills, options, storage } = environment;
  const damage = damages.get(environment);
  if (damage === undefined) return;
  const connector = options.sut.connector.name;
  const ids = options.sources.map((source) => ({ connector, instance: 'default', source }));
  const looked = await environment.invoke({ kind: 'look', ids });
  const problems: string[] = [];
  for (const one of damage.blobs) problems.push(...(await restoreBlob(storage, one)));
  // With several faults it is unknown which one a failure belongs to.
  const isAlone = options.faults.length === 1 && kills.length === 0;
  if (isAlone)
    problems.push(...unreportedBlobs(environment, damage), ...neighbourProblems(environment, damage));
  if (isAlone && 'error' in looked && looked.error !== undefined)
    problems.push(`the status page and the lists: ${looked.error.message}`);
  violations.set(environment, problems);
}

/** Restores a blob that is still damaged, and keeps what was appended to it. @returns the problems of any other blob */
async function restoreBlob(storage: Storage, one: DamagedBlob): Promise<readonly string[]> {
  const { container } = storage;
  const current = await read(container, one.name);
  if (isUnchanged(current, one)) {
    await write(storage, one, Buffer.concat([one.before, current.subarray(one.after.length)]));
    return [];
  }
  const isSafe = DISPOSABLE.includes(folderOf(one.name)) || (await isKept(container, one));
  return isSafe || !isJudged(one)
    ? []
    : [`${one.name} (${one.kind}) was overwritten, and not moved to ${DAMAGED_FOLDER}`];
}

const isJudged = ({ isRead, kind }: DamagedBlob): boolean => isRead && !PLAUSIBLE.includes(kind);

function unreportedBlobs({ logLines }: TestEnvironment, { blobs, lines }: BlobDamage): string[] {
  const log = logLines.slice(lines).join('\n');
  return blobs
    .filter((one) => isJudged(one) && !log.includes(one.name))
    .map(({ kind, name }) => `${name} (${kind}) was not reported`);
}

function neighbourProblems(
  { reports }: TestEnvironment,
  { blobs, reports: first, source }: BlobDamage,
): string[] {
  return reports
    .slice(first)
    .filter((report) => report.outcome === 'failed' && report.source !== source)
    .map(({ error, source: other }) => `${blobs[0]?.name ?? ''} stopped ${other}: ${error?.message ?? ''}`);
}

/** True if the damaged bytes were moved to `damaged/`. */
async function isKept(container: ContainerClient, { after, name }: DamagedBlob): Promise<boolean> {
  for await (const copy of container.listBlobsFlat({ prefix: DAMAGED_FOLDER }))
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

/** Replaces a blob by another of the same type and metadata, even if a killed process holds a lease on it. */
async function write(
  { container, endLease }: Storage,
  { name, properties: { isAppended, metadata = {} } }: DamagedBlob,
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
