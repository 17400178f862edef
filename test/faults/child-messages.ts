import type { SourceId } from '../../shared/contract/checkpoint';
import type { Environment } from '../../shared/admin';

/* What is said between the rig and the processes that it kills. */

/** A post of the Data Collector API, or of a webhook. */
export interface Post {
  /** What its sender knows it by. */
  readonly name: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its bytes, a character each. */
  readonly body: string;
  readonly query: string;
  /** The source of a webhook. */
  readonly to?: { readonly connector: string; readonly source: string };
}

/** What the platform asks of a function app. */
export type Invocation =
  /** A timer of a connector. */
  | { readonly kind: 'timer'; readonly connector: string }
  /** A message of the queue of runs that go on. */
  | { readonly kind: 'message'; readonly message: unknown }
  /** An operator orders a backfill. */
  | { readonly kind: 'order'; readonly id: SourceId; readonly from: string; readonly to: string }
  /** A message of the queue of those who work backfills. */
  | { readonly kind: 'worker'; readonly message: unknown }
  /** Someone posts to `/api/logs`, or to a webhook: one group after another, those of a group at once. */
  | { readonly kind: 'push'; readonly groups: readonly (readonly Post[])[] }
  /** A message of the queue of what was pushed. */
  | { readonly kind: 'deliver'; readonly message: unknown }
  /** The timer that finds what no message woke. */
  | { readonly kind: 'sweep' }
  /** The timer that does so every minute for what was pushed. */
  | { readonly kind: 'deliver-sweep' }
  /** An operator looks at everything that is stored: the page, the lists, and what is known of these sources. */
  | { readonly kind: 'look'; readonly ids: readonly SourceId[] };

/** One invocation, and what the process around it is like. */
export interface Task {
  readonly id: number;
  /** The settings of the function app. */
  readonly env: Environment;
  /** What its clock says at first, in milliseconds since 1970. It stands still but for waits. */
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

/** The process waits: time passes around it too before it goes on, so that the vendor's clock moves with its own. */
export interface Slept {
  /** How long the task has waited by now, by its own clock. */
  readonly sleptMs: number;
}

/** What is answered to {@link Slept}. */
export interface Wake {
  readonly kind: 'wake';
}

/** What a process says while it does a task. */
export type Said = Line | Answered | Slept;

/** A post was answered; said before anything else of the process is. */
export interface Answered {
  readonly post: string;
  readonly status: number;
}

/** The descriptor on which a process says where it dies. */
export const LAST_WORDS_FD = 4;
