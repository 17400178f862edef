import { ContractError } from '../contract/errors';
import type { StreamColumns, Streams } from '../contract/workspace';
import { isObject } from '../kit/paths';
import { parseJson } from '../kit/json';
import { findBlob, putJson, storageError, type Storage } from './storage';

/** What is known of each table's stream as a blob: `streams/<table>.json`. Names of columns, no record. */
export function createStreams({ blobs }: Pick<Storage, 'blobs'>): Streams {
  const blobOf = (table: string) => blobs.getBlockBlobClient(`streams/${table}.json`);

  return {
    async read(table) {
      const what = `what is known of the stream of ${table}`;
      return (await findBlob(blobOf(table), { what, parse: (text) => check(table, text) }))?.value;
    },
    async write(table, columns) {
      try {
        await putJson(blobs, blobOf(table), JSON.stringify(columns));
      } catch (error) {
        throw storageError(`keeping what is known of the stream of ${table}`, error);
      }
    },
  };
}

function check(table: string, text: string): StreamColumns {
  try {
    const value = parseJson(text);
    if (isObject(value) && value['version'] === 1 && isObject(value['columns']))
      return value as unknown as StreamColumns;
  } catch {
    // Said below.
  }
  throw new ContractError(
    `reading streams/${table}.json: no version of Tributary wrote it. Run "npx tributary tables --apply ${table}", which writes it anew.`,
  );
}
