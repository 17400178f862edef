import type { ConnectorFolder } from '../cli/connector-folders';

/** A problem that keeps a connector from being ready. */
export interface Finding {
  /** With slashes: relative to the clone, or absolute when outside. */
  readonly file: string;
  readonly line: number;
  readonly what: string;
  /** The remedy, as a command if possible. */
  readonly remedy: string;
}

/** The input of a check. */
export interface Scope {
  /** A tree with every connector at `connectors/<name>`, in place or as a copy. */
  readonly root: string;
  /** The connectors at their author's paths. */
  readonly folders: readonly ConnectorFolder[];
  /** True when every connector is checked. */
  readonly isAll: boolean;
  /** Time for fault tests; 0 for none. */
  readonly seconds: number;
}

/** One kind of check. Never throws for a connector's fault. */
export type Check = (scope: Scope) => Promise<readonly Finding[]>;

/** `file:line  what  → remedy` */
export function findingLine({ file, line, remedy, what }: Finding): string {
  return `${file}:${line}  ${what.replace(/\s+/g, ' ').trim()}  → ${remedy}`;
}

/** The line of a text's first occurrence; 1 when there is none. */
export function lineOf(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}
