import type { SourceId } from '../../shared/contract/checkpoint';
import type { Environment } from '../../shared/admin';

/* The messages between the harness and the processes that it kills. */

/** A post of the Data Collector API, or of a webhook. */
export interface Post {
  /** Identifies the post for the harness. */
  readonly name: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes, as Latin-1 characters. */
  readonly body: string;
  readonly query: string;
  /** The source of a webhook. */
  readonly to?: { readonly connector: string; readonly source: string };
}

/** An invocation of the function app. */
export type Invocation =
  /** The timer of a connector. */
  | { readonly kind: 'timer'; readonly connector: string }
  /** A message that continues a run. */
  | { readonly kind: 'message'; readonly message: unknown }
  /** An operator starts a backfill. */
  | { readonly kind: 'start-backfill'; readonly id: SourceId; readonly from: string; readonly to: string }
  /** A message for a backfill worker. */
  | { readonly kind: 'worker'; readonly message: unknown }
  /** Posts to `/api/logs` or to a webhook: one group after another, the posts of a group at once. */
  | { readonly kind: 'push'; readonly groups: readonly (readonly Post[])[] }
  /** A message that triggers a delivery. */
  | { readonly kind: 'deliver'; readonly message: unknown }
  /** The timer that finds unfinished work without a message. */
  | { readonly kind: 'sweep' }
  /** The timer that does the same for pushed records, every minute. */
  | { readonly kind: 'deliver-sweep' }
  /** An operator reads everything that is stored: the status page, the lists, and the state of these sources. */
  | { readonly kind: 'look'; readonly ids: readonly SourceId[] };

/** One invocation with its settings and clock. */
export interface Task {
  readonly id: number;
  /** The settings of the function app. */
  readonly env: Environment;
  /** The initial time of its clock, in milliseconds since 1970. Only waits move it. */
  readonly nowMs: number;
  readonly invocation: Invocation;
  /** The injection point at which the process kills itself, counted from 1. */
  readonly killAt?: number;
}

/** The result of a task whose process survived. */
export interface TaskDone {
  readonly id: number;
  /** The error of the invocation. */
  readonly error?: { readonly name: string; readonly message: string };
  /** How many injection points the task reached. */
  readonly injectionPoints: number;
  /** How long it waited by its own clock; no real time passed. */
  readonly sleptMs: number;
}

/** A line of the log. */
export interface LogLine {
  readonly line: string;
}

/** The process sleeps until the harness has moved its clock, so that the vendor's clock moves with the app's. */
export interface SleptMessage {
  /** How long the task has slept so far, by its own clock. */
  readonly sleptMs: number;
}

/** The answer to {@link SleptMessage}. */
export interface WakeMessage {
  readonly kind: 'wake';
}

/** What a process sends while it runs a task. */
export type ChildMessage = LogLine | PostAnswered | SleptMessage;

/** A post was answered. Sent before the process does anything else. */
export interface PostAnswered {
  readonly post: string;
  readonly status: number;
}

/** The file descriptor to which a process writes the injection point at which it kills itself. */
export const KILL_POINT_FD = 4;
