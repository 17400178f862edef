import type { JsonObject } from '../../shared/contract/json';
import type { StoredRow } from '../fakes/collector';
import type { Subject } from './test-environment';
import type { Scene } from './test-environment';
import type { Connector } from '../../shared/contract/connector';
import type { Table } from '../../shared/contract/table';

/** What must have arrived of one source. */
export interface Expected {
  readonly source: string;
  readonly table: string;
  /** By event id: how many rows the workspace must hold, each of them alike but for its id. */
  readonly rows: ReadonlyMap<string, number>;
  /** Event ids of rows that may be there or not: they were sent, and their sender was not answered. */
  readonly mayCome?: ReadonlySet<string>;
  /** True where they must have come in the order of `rows`. */
  readonly inOrder?: boolean;
  /** What a row of the table is known by. */
  readonly eventIdOf: (row: StoredRow) => string;
  /** The rows that a dead letter stands for. */
  readonly idsOfLetter: (letter: JsonObject) => readonly string[];
  /** The id that a row is expected by: without the ordinal, where equal records are told apart by one. */
  readonly idOf: (eventId: string) => string;
  /** True where several are at work at once, each with a checkpoint of its own. */
  readonly isSideBySide?: true;
  /** True for the table of what is posted to us: of the copies of an event the first counts. */
  readonly isPushed?: true;
  /** The most rows that may come twice because of one crash. */
  readonly pageRows: number;
}

/**
 * A way in that the rig proves: who sends, how the platform calls the app for it, and what must have arrived. Another
 * one is another file below `journeys/`, and its line in the list there.
 */
export interface Journey {
  readonly name: string;
  /** The sources of a connector that come this way, and those of them that it cannot prove, each with the reason. */
  sourcesOf(subject: Subject): {
    readonly proven: readonly string[];
    readonly unproven: readonly string[];
  };
  /** True where the version before knows this way in too. */
  readonly knownBefore: boolean;
  /** The table of a source that comes this way. */
  tableOf(connector: Connector, source: string): Pick<Table, 'name'> | undefined;
  /** What begins a round. The process may be killed at a crossing of it. */
  begin(scene: Scene, killAt?: number): Promise<void>;
  /** Runs the same sources once more, beside a run that is going on. */
  rival(scene: Scene): Promise<void>;
  /** Begins again what a killed process left, where `settle` does not. */
  restart?(scene: Scene): Promise<void>;
  /** What the platform does next, until nothing wakes the app any more. */
  settle(scene: Scene): Promise<void>;
  /** Finishes what is left, as the platform would with time. @throws Error when it does not come to an end */
  finish(scene: Scene): Promise<void>;
  /** What must have arrived in the end. */
  expect(scene: Scene): readonly Expected[];
}
