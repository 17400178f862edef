import { stringifyJson } from '../../shared/values/json/json';
import { quoted } from './connector-folders';

/** The default data folder. */
export const DEFAULT_DATA_FOLDER = '.tributary';

/** The options that decide which data and connectors a command works on. */
export interface FolderOptions {
  readonly data?: string;
  readonly connectors?: readonly string[];
}

/** The commands that take `--data` and `--connectors`. A suggested command stands in double quotes, or is the whole text. */
export const COMMANDS_WITH_FOLDERS = [
  'start',
  'run',
  'pause',
  'resume',
  'state',
  'dead-letters',
  'backfill',
  'explain',
  'tables',
  'reconcile',
] as const;

const SUGGESTED = `(?:npm start(?=\\\\*"|$)|npx tributary (?:${COMMANDS_WITH_FOLDERS.join('|')})\\b)`;
const ALONE = new RegExp(`^${SUGGESTED}[^"]*$`);
/** Matches a quoted command. In JSON text a backslash stands before each quote; in JSON text inside of JSON text, three do. */
const IN_TEXT = new RegExp(`(\\\\*)"(${SUGGESTED}[^"\\\\]*)(?=\\1")`, 'g');

/** Adds the folder options to the suggested commands in every text of a value. Adds nothing twice. */
export function completeCommands<T>(value: T, named: FolderOptions): T {
  const options = optionsOf(named);
  return options === '' ? value : (completeTexts(value, options) as T);
}

/** A command with these options. */
export function withFolderOptions(command: string, named: FolderOptions): string {
  return joined(command, optionsOf(named));
}

function optionsOf({ connectors = [], data = DEFAULT_DATA_FOLDER }: FolderOptions): string {
  return [
    ...(data === DEFAULT_DATA_FOLDER ? [] : [`--data ${quoted(data)}`]),
    ...connectors.map((folder) => `--connectors ${quoted(folder)}`),
  ].join(' ');
}

function completeTexts(value: unknown, options: string): unknown {
  if (typeof value === 'string') return inText(value, options);
  if (Array.isArray(value)) return value.map((each) => completeTexts(each, options));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, completeTexts(member, options)]),
  );
}

function inText(text: string, options: string): string {
  if (ALONE.test(text)) return joined(text, options);
  return text.replace(
    IN_TEXT,
    (_, { length }: string, command: string) =>
      `${'\\'.repeat(length)}"${joined(command, escaped(options, length))}`,
  );
}

function joined(command: string, options: string): string {
  if (options === '' || / --(?:data|connectors) /.test(command)) return command;
  return `${command}${command === 'npm start' ? ' -- ' : ' '}${options}`;
}

/** @param backslashes how many stand before a quote at that depth */
function escaped(text: string, backslashes: number): string {
  return backslashes === 0 ? text : escaped(stringifyJson(text).slice(1, -1), (backslashes - 1) / 2);
}
