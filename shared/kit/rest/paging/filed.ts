import type { Json } from '../../../contract/json';
import { isObject } from '../../../values/json-path';
import { parseJson, stringifyJson } from '../../../values/json/json';
import { readFilePosition, writeFilePosition, type FilePosition } from '../../formats/record-pages';
import { NO_TOKEN, type Paging } from './paging';

/** How far the files of a list were delivered. It is the token of a read. */
export interface FilesPlace {
  /** How many files were delivered. */
  readonly read: number;
  /** A hash of their ids. A list that begins with others is read from its first file. */
  readonly mark: string;
  /** The place within the next one; absent at its beginning. */
  readonly file?: FilePosition;
}

/** Paging by the files of a list: no answer names the next one. */
export const filesPaging: Paging = {
  ...NO_TOKEN,
  member: 'files',
  isToken: (text) => readFilesPlace(text) !== undefined,
};

/** The token of a place. */
export function writeFilesPlace({ file, mark, read }: FilesPlace): string {
  return stringifyJson({ read, mark, ...(file === undefined ? {} : { file: writeFilePosition(file) }) });
}

/** The place of a token; `undefined` for a text that no read wrote. */
export function readFilesPlace(text: string): FilesPlace | undefined {
  try {
    const place = parseJson(text);
    if (!isObject(place)) return undefined;
    const { file, mark, read, ...others } = place;
    if (typeof mark !== 'string' || !isCount(read) || Object.keys(others).length > 0) return undefined;
    return { read, mark, ...(file === undefined ? {} : { file: readFilePosition(file) }) };
  } catch {
    return undefined;
  }
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
