import { quoted } from './connector-folders';

/** Where everything is kept, where nobody names another folder. */
export const DATA = '.tributary';

/** The options that say what a command works on. */
export interface Named {
  readonly data?: string;
  readonly connectors?: readonly string[];
}

/** A command that is suggested, as it finds the same folder and the same connectors. */
export function inFolder(command: string, data: string, connectors: readonly string[] = []): string {
  return [
    command,
    ...(data === DATA ? [] : [`--data ${quoted(data)}`]),
    ...connectors.map((folder) => `--connectors ${quoted(folder)}`),
  ].join(' ');
}

const SUGGESTED =
  /"(npx tributary (?:backfill|dead-letters|explain|pause|reconcile|resume|run|state|tables) [^"]*)"/g;

/** A text whose quoted commands find the folder and the connectors of the command that says it. */
export function suggesting(text: string, { connectors, data = DATA }: Named): string {
  return text.replace(SUGGESTED, (_, command: string) => `"${inFolder(command, data, connectors)}"`);
}
