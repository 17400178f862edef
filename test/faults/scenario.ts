import type { JsonObject } from '../../shared/contract/json';
import type { StoredRow } from '../fakes/collector';
import type { SystemUnderTest, TestEnvironment } from './test-environment';
import type { Connector } from '../../shared/contract/connector';
import type { Table } from '../../shared/contract/table';

/** What must have arrived from one source. */
export interface Expected {
  readonly source: string;
  readonly table: string;
  /** By event id: how many rows the workspace must hold. They differ only in the ordinal of their id. */
  readonly rows: ReadonlyMap<string, number>;
  /** Event ids of rows that may be missing: they were posted, and the client got no answer. */
  readonly optionalIds?: ReadonlySet<string>;
  /** True: rows must arrive in the order of `rows`. */
  readonly inOrder?: boolean;
  /** The event id of a row. */
  readonly eventIdOf: (row: StoredRow) => string;
  /** The event ids that a dead letter contains. */
  readonly idsOfDeadLetter: (letter: JsonObject) => readonly string[];
  /** The key of an event id in `rows`: without the ordinal, if only an ordinal distinguishes equal records. */
  readonly idOf: (eventId: string) => string;
  /** True: several workers run at once, each with a checkpoint of its own. */
  readonly isParallel?: true;
  /** True for a table of pushed records: of the copies of an event the first counts. */
  readonly isPushed?: true;
  /** How many rows one crash may send twice. */
  readonly pageRows: number;
}

/**
 * How records of one source kind are sent, how the platform calls the app for them, and what must arrive. To add a
 * scenario, add a file to `scenarios/` and a line to its list.
 */
export interface Scenario {
  readonly name: string;
  /** The sources that this scenario tests, and a sentence for each source that it cannot test. */
  sourcesOf(sut: SystemUnderTest): {
    readonly tested: readonly string[];
    readonly untested: readonly string[];
  };
  /** True if the previous version has this source kind, too. */
  readonly isInPreviousVersion: boolean;
  /** The table of a source. */
  tableOf(connector: Connector, source: string): Pick<Table, 'name'> | undefined;
  /** Begins a round. @param killAt the injection point at which the process is killed */
  begin(environment: TestEnvironment, killAt?: number): Promise<void>;
  /** Runs the same sources beside a run that is in progress. */
  concurrentRun(environment: TestEnvironment): Promise<void>;
  /** Restarts the work of a killed process, if `settle` does not. */
  restart?(environment: TestEnvironment): Promise<void>;
  /** Does what the platform does next, until no trigger is left. */
  settle(environment: TestEnvironment): Promise<void>;
  /** Completes the remaining work, as the platform would in time. @throws Error if it does not end */
  finish(environment: TestEnvironment): Promise<void>;
  /** What must have arrived in the end. */
  expect(environment: TestEnvironment): readonly Expected[];
}
