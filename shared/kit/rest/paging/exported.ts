import type { Json } from '../../../contract/json';
import { isObject } from '../../../values/json-path';
import { parseJson, stringifyJson } from '../../../values/json/json';
import { NO_TOKEN, type Paging } from './paging';

/** How far an export was delivered. It is the token of a read. */
export interface ExportPlace {
  /** The vendor's id of the export. */
  readonly job: string;
  /** When it was ordered; milliseconds since 1970. */
  readonly orderedMs: number;
  /** How many chunks were delivered. */
  readonly read: number;
  /** A hash of their ids. A list of chunks that begins with others belongs to another export. */
  readonly mark: string;
}

/** Paging by the chunks of an export: no answer names the next one. */
export const exportPaging: Paging = {
  ...NO_TOKEN,
  member: 'export',
  isToken: (text) => readExportPlace(text) !== undefined,
};

/** The token of a place. */
export function writeExportPlace({ job, mark, orderedMs, read }: ExportPlace): string {
  return stringifyJson({ job, orderedMs, read, mark });
}

/** The place of a token; `undefined` for a text that no read wrote. */
export function readExportPlace(text: string): ExportPlace | undefined {
  try {
    const place = parseJson(text);
    if (!isObject(place)) return undefined;
    const { job, mark, orderedMs, read, ...others } = place;
    if (typeof job !== 'string' || typeof mark !== 'string' || Object.keys(others).length > 0)
      return undefined;
    if (!isCount(orderedMs) || !isCount(read)) return undefined;
    return { job, mark, orderedMs, read };
  } catch {
    return undefined;
  }
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
