import type { PullContext } from '../../../contract/connector';
import { ContractError } from '../../../contract/errors';
import type { Json } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import type { RestFiles } from '../../../contract/rest-steps';
import { compileAnswerPath } from '../../../values/json-path';
import { toIso } from '../../../values/time';
import { named } from '../checks/declaration-error';
import { compileReader } from '../page-reader';
import { readByToken } from '../read-by-token';
import type { ReadPosition } from '../read-position';
import { baseAddress } from '../request';
import { filesListSpec } from '../request-texts';
import { idText } from './id-text';

/** A range with more files must be read as several. */
const MOST_FILES = 100_000;

/** A file that a list names. */
export interface ListedFile {
  readonly id: string;
  /** By which the list is asked; ISO 8601, UTC. */
  readonly time: string | undefined;
  /** Absolute; `undefined` where the declaration has its path. */
  readonly address: string | undefined;
}

/** The files of a range. */
export interface FileList {
  /** The oldest first, and of a time by their ids: the same order whenever the list is asked. Each id once. */
  readonly files: readonly ListedFile[];
  /** The vendor's clock before the list was read. */
  readonly vendorNow: string | undefined;
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
    const link = addressAt?.(record);
    if (addressAt === undefined) return { id, time: toIso(timeAt(record)), address: undefined };
    if (typeof link !== 'string' || link === '' || !URL.canParse(link, base))
      throw broken(spec, `a record has no address at ${String(address)}`, 'files.address');
    return { id, time: toIso(timeAt(record)), address: new URL(link, base).href };
  };

  return async (context, { since, until }) => {
    const { isNextKnown: _, ...whole } = context;
    const base = `${baseAddress(spec, context.settings)}${spec.path}`;
    const found = new Map<string, ListedFile>();
    let vendorNow: string | undefined;
    const asking = { ...whole, checkpoint: null, time: files.time };
    for await (const page of readByToken(reader, asking, { since, until, rereads: false })) {
      vendorNow ??= page.vendorNow;
      for (const record of page.records) {
        const file = fileOf(record, base);
        found.set(file.id, file);
      }
      if (found.size > MOST_FILES)
        throw broken(spec, `the list has more than ${MOST_FILES} files`, 'window.maxMs');
    }
    return { files: [...found.values()].sort(byTime), vendorNow };
  };
}

function byTime(a: ListedFile, b: ListedFile): number {
  const [one, other] = [a, b].map(({ id, time = '' }) => `${time} ${id}`) as [string, string];
  return one < other ? -1 : Number(one > other);
}

function broken({ path }: RestSpec, because: string, member: string): ContractError {
  return new ContractError(
    `listing the files at ${path}: ${because}. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
