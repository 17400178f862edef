import type { PullContext } from '../../../contract/connector';
import { ContractError } from '../../../contract/errors';
import type { Json } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import type { RestFiles } from '../../../contract/rest-steps';
import { compileAnswerPath } from '../../../values/json-path';
import { compareIso, toIso } from '../../../values/time';
import { named } from '../checks/declaration-error';
import { compileReader } from '../page-reader';
import { readByToken } from '../read-by-token';
import type { ReadPosition } from '../read-position';
import { baseAddress } from '../request';
import { filesListSpec } from '../request-texts';
import { idText } from './id-text';

/** A range with more files must be read as several: they are held at once, each with an address that may be signed. */
const MOST_FILES = 10_000;

/** A file that a list names. */
export interface ListedFile {
  readonly id: string;
  /** By which the list is asked; ISO 8601, UTC. */
  readonly time: string;
  /** Absolute; `undefined` where the declaration has its path. */
  readonly address: string | undefined;
}

/** The files of a range. */
export interface FileList {
  /** The oldest first, and of a time by their ids: the same order whenever the list is asked. Each id once. */
  readonly files: readonly ListedFile[];
  /** The vendor's clock before the list was read. */
  readonly vendorNow: string | undefined;
  /** True if nothing shows whether the list has more. */
  readonly mayBeCut: true | undefined;
  /** True if the list could not be read to its end: the range stays open. */
  readonly stays: boolean;
}

/**
 * Compiles the reading of a list of files, from its first page to its last.
 * @throws ContractError for a malformed path; the message names the member
 */
export function compileFileList(
  spec: RestSpec,
  files: RestFiles,
): (context: PullContext, begin: ReadPosition) => Promise<FileList> {
  const reader = compileReader(filesListSpec(spec));
  const idAt = named('files.id', () => compileAnswerPath(files.id));
  const timeAt = named('files.time', () => compileAnswerPath(files.time));
  const address = files.address;
  const addressAt =
    address === undefined ? undefined : named('files.address', () => compileAnswerPath(address));

  const fileOf = (record: Json, base: string): ListedFile => {
    const id = idText(idAt(record));
    if (id === undefined) throw broken(spec, `a record has no id at ${files.id}`, 'files.id');
    const time = toIso(timeAt(record));
    if (time === undefined) throw broken(spec, `a record has no time at ${files.time}`, 'files.time');
    const link = addressAt?.(record);
    if (addressAt === undefined) return { id, time, address: undefined };
    if (typeof link !== 'string' || link === '' || !URL.canParse(link, base))
      throw broken(spec, `a record has no address at ${String(address)}`, 'files.address');
    return { id, time, address: new URL(link, base).href };
  };

  // Until a list had a second page, the end of the first one is verified. What the checkpoint knows is of pages of files.
  let isNextMet = false;

  return async (context, range) => {
    const base = `${baseAddress(spec, context.settings)}${spec.path}`;
    const found = new Map<string, ListedFile>();
    let vendorNow: string | undefined;
    let mayBeCut: true | undefined;
    let stays = false;
    const add = (records: readonly Json[]): void => {
      for (const record of records) {
        const file = fileOf(record, base);
        found.set(file.id, file);
      }
      if (found.size > MOST_FILES)
        throw broken(spec, `the list has more than ${MOST_FILES} files`, 'window.maxMs');
    };
    /** The range behind the newest file has no other one. `readByToken` verifies the range before the oldest. */
    const checkNewest = async (asked: PullContext, { until }: ReadPosition): Promise<void> => {
      const newest = [...found.values()].sort(byTime).at(-1)?.time ?? '';
      if (until !== undefined && compareIso(newest, until) >= 0) return;
      const { answer } = await reader.ask(asked, { since: newest, until });
      const more = answer.records.map((record) => fileOf(record, base));
      if (more.some(({ id, time }) => !found.has(id) && compareIso(time, newest) > 0))
        throw broken(spec, 'the vendor has more files, and names no next page where it is declared', 'next');
    };
    const verifying = context.isNextKnown === undefined ? {} : { isNextKnown: () => isNextMet };
    const asking = { ...context, ...verifying, checkpoint: null, time: files.time };
    for (const piece of piecesOf(range, spec.window?.maxMs)) {
      let pages = 0;
      for await (const page of readByToken(reader, asking, { ...piece, rereads: false })) {
        pages += 1;
        if (pages > 1) isNextMet = true;
        vendorNow ??= page.vendorNow;
        if (page.mayBeCut === true) mayBeCut = true;
        if (page.stays === true) stays = true;
        add(page.records);
      }
      if (pages === 1 && verifying.isNextKnown?.() === false && found.size > 0)
        await checkNewest(asking, piece);
    }
    return { files: [...found.values()].sort(byTime), vendorNow, mayBeCut, stays };
  };
}

/** A range in pieces that the vendor takes in one request. */
function* piecesOf({ since, until }: ReadPosition, maxMs = Infinity): Generator<ReadPosition> {
  const endMs = until === undefined ? -Infinity : Date.parse(until);
  let from = since;
  for (let toMs = Date.parse(from) + maxMs; toMs < endMs; toMs += maxMs) {
    const to = new Date(toMs).toISOString();
    yield { since: from, until: to };
    from = to;
  }
  yield { since: from, until };
}

function byTime(a: ListedFile, b: ListedFile): number {
  const [one, other] = [a, b].map(({ id, time }) => `${time} ${id}`) as [string, string];
  return one < other ? -1 : Number(one > other);
}

function broken({ path }: RestSpec, because: string, member: string): ContractError {
  return new ContractError(
    `listing the files at ${path}: ${because}. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
