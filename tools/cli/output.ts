import { stringifyJson } from '../../shared/values/json/json';
import { completeCommands, type FolderOptions } from './suggested-commands';

/*
 * Writes a command's output. Adds the data folder and the connector folders of this command to each command that the output
 * suggests, in text and in JSON. A process runs one command.
 */

let folderOptions: FolderOptions = {};

/** Sets this process's folders. Call it once. */
export function useFolderOptions(options: FolderOptions): void {
  folderOptions = options;
}

/** A value whose suggested commands are complete: for text that is aligned in columns, or written into a file. */
export function withCompleteCommands<T>(value: T): T {
  return completeCommands(value, folderOptions);
}

/** Writes to standard output: a text as lines, any other value as one line of JSON. */
export function print(what: string | object): void {
  printUnchanged(written(what));
}

/** Writes records, rows and exported states to standard output without any change. */
export function printUnchanged(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes to standard error, as {@link print} does to standard output. */
export function warn(what: string | object): void {
  process.stderr.write(`${written(what)}\n`);
}

function written(what: string | object): string {
  return typeof what === 'string' ? withCompleteCommands(what) : stringifyJson(withCompleteCommands(what));
}
