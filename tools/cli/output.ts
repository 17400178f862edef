import { stringifyJson } from '../../shared/values/json/json';
import { completeCommands, type FolderOptions } from './suggested-commands';

/*
 * Everything that a command writes goes through here, so that each command which it suggests finds the folder and the
 * connectors that it was given, in text and in JSON alike. A process is one command.
 */

let folderOptions: FolderOptions = {};

/** Says once what this process's command works on. */
export function useFolderOptions(options: FolderOptions): void {
  folderOptions = options;
}

/** A value whose suggested commands are complete: for what is laid out in columns, or written into a file. */
export function withCompleteCommands<T>(value: T): T {
  return completeCommands(value, folderOptions);
}

/** Writes to standard output: a text as lines, any other value as one line of JSON. */
export function print(what: string | object): void {
  printUnchanged(written(what));
}

/** Writes records, rows and what is exported to standard output: nothing in it is changed. */
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
