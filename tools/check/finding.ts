import type { ConnectorFolder } from '../cli/connector-folders';

/** One thing that keeps a connector from being ready. */
export interface Finding {
  /** With slashes: from the clone on, or the whole path where it lies outside. */
  readonly file: string;
  readonly line: number;
  readonly what: string;
  /** What to do, as a command where one does it. */
  readonly remedy: string;
}

/** What a check looks at. */
export interface Scope {
  /** A tree that holds them all: `connectors/<name>` in it is the folder, or a copy of one from outside. */
  readonly root: string;
  /** The connectors, each where its author has it. */
  readonly folders: readonly ConnectorFolder[];
  /** True when these are all there are. */
  readonly isAll: boolean;
  /** For how long faults are tried; 0 for not at all. */
  readonly seconds: number;
  /** Below `root`: where a check keeps what it compiled, for the next one of the same folders. */
  readonly cache: string;
}

/** One kind of check. Never throws for what a connector does wrong. */
export type Check = (scope: Scope) => Promise<readonly Finding[]>;

/** `file:line  what  → remedy` */
export function findingLine({ file, line, remedy, what }: Finding): string {
  return `${file}:${line}  ${what.replace(/\s+/g, ' ').trim()}  → ${remedy}`;
}

/** The line on which a text first stands; 1 where it does not. */
export function lineOf(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}
