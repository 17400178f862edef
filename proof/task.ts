import type { Environment } from '../shared/app';

/* What is said between the rig and the processes that it kills. */

/** What the platform asks of a function app. */
export type Invocation =
  /** A timer of a connector. */
  | { readonly kind: 'timer'; readonly connector: string }
  /** A message of the queue. */
  | { readonly kind: 'message'; readonly message: unknown }
  /** The timer that finds what no message woke. */
  | { readonly kind: 'sweep' }
  /** What whoever owns the storage does after a crash. */
  | { readonly kind: 'break-leases' };

/** One invocation, and what the process around it is like. */
export interface Task {
  readonly id: number;
  /** The settings of the function app. */
  readonly env: Environment;
  /** What its clock says, in milliseconds since 1970. It stands still but for waits. */
  readonly nowMs: number;
  readonly invocation: Invocation;
  /** The process kills itself at the crossing with this number, counted from 1. */
  readonly killAt?: number;
}

/** What became of a task whose process lives. */
export interface Done {
  readonly id: number;
  /** What the invocation threw, as the platform would see it. */
  readonly error?: { readonly name: string; readonly message: string };
  /** How many crossings of a door there were. */
  readonly crossings: number;
  /** How long it waited, by its own clock: not a moment of it really. */
  readonly sleptMs: number;
}

/** A line of the log, as it is written. */
export interface Line {
  readonly line: string;
}

/** The descriptor on which a process says where it dies. */
export const LAST_WORDS_FD = 4;
