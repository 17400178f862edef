import type { Checkpoint, SourceId } from '../../shared/contract/checkpoint';
import type { PullSource } from '../../shared/contract/connector';
import type { Http } from '../../shared/contract/http';
import type { RunReport } from '../../shared/contract/run';
import { pull } from '../../shared/pull/pull';
import { fakeClock, type FakeClock } from './fake-clock';
import { memoryCheckpoints, type MemoryCheckpoints } from './memory-checkpoints';
import { memoryDeadLetters, type MemoryDeadLetters } from './memory-dead-letters';
import { memoryDedupSegments, type MemoryDedupSegments } from './memory-dedup-segments';
import { memorySink, type MemorySink } from './memory-sink';
import { silentLog } from './silent-log';
import { secretsOf } from '../../shared/values/secrets/secrets';
import type { PullRun } from '../../shared/pull/pull-run';

export const HARNESS_ID: SourceId = { connector: 'acme', instance: 'default', source: 'alerts' };

/** The environment of one source in memory. It outlives the source's runs. */
export interface PullHarness {
  readonly checkpoints: MemoryCheckpoints;
  readonly deadLetters: MemoryDeadLetters;
  readonly seen: MemoryDedupSegments;
  readonly sink: MemorySink;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof silentLog>;
  /** The abort signals of the runs' requests. */
  readonly signals: readonly AbortSignal[];
  /** The accepted event ids, in order of arrival. */
  delivered(): string[];
  /** The current stored checkpoint. */
  stored(): Promise<Checkpoint | undefined>;
  run(source: PullSource, parts?: Partial<PullRun>): Promise<RunReport>;
  /** A run that uses this HTTP client. */
  runOver(http: Http, source: PullSource, parts?: Partial<PullRun>): Promise<RunReport>;
}

/** The clock starts at noon of 21 November 2026; a run may last an hour. */
export function pullHarness(): PullHarness {
  const [checkpoints, deadLetters, sink] = [memoryCheckpoints(), memoryDeadLetters(), memorySink()];
  const [clock, log, seen] = [fakeClock(), silentLog(), memoryDedupSegments()];
  const signals: AbortSignal[] = [];
  const nothing: Http = { request: () => Promise.reject(new Error('nothing is asked over http here')) };
  let runs = 0;
  const harness: PullHarness = {
    checkpoints,
    deadLetters,
    seen,
    sink,
    clock,
    log,
    signals,
    delivered: () => sink.rows.map((row) => row['EventId'] as string),
    stored: () => checkpoints.read(HARNESS_ID),
    run: (source, parts = {}) =>
      pull(source, {
        id: HARNESS_ID,
        runId: `run-${++runs}`,
        settings: { url: 'https://vendor.test' },
        jobAccount: undefined,
        startFrom: new Date('2026-11-20T12:00:00Z'),
        deadline: new Date(clock.now().getTime() + 3_600_000),
        checkpoints,
        deadLetters,
        segments: seen,
        clock,
        log,
        secrets: secretsOf([]),
        connect: async (signal) => {
          signals.push(signal);
          return { http: nothing, sink };
        },
        ...parts,
      }),
    runOver: (http, source, parts = {}) =>
      harness.run(source, { connect: () => Promise.resolve({ http, sink }), ...parts }),
  };
  return harness;
}
