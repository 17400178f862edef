import { randomUUID } from 'node:crypto';
import { source } from './wide-source';
import { EMPTY_CHECKPOINT, type Checkpoint, type CheckpointStore } from '../../shared/contract/checkpoint';
import type { PullSource } from '../../shared/contract/connector';
import { pull } from '../../shared/pull/pull';
import type { PullRun } from '../../shared/pull/pull-run';
import { createCheckpoints } from '../../shared/storage/state/checkpoints';
import { clock } from '../../shared/process/clock';
import { createHttp } from '../../shared/http/http';
import {
  LOGS_INGESTION_VARIABLES,
  createLogsIngestion,
  readLogsIngestion,
} from '../../shared/sink/logs-ingestion';
import { openStorage } from '../../shared/storage/storage';
import type { Measured, Task } from './task';
import { secretsOf } from '../../shared/values/secrets/secrets';

const log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A complete pull with the real code; its checkpoints are in this process or in real storage. */
export function pullAll({ pages, storage, ...ends }: Task, stored: boolean): Promise<Measured> {
  return pullSource(source, {
    ...ends,
    startFrom: new Date(pages * 1_000),
    checkpoints: stored ? createCheckpoints(openStorage({ AzureWebJobsStorage: storage })) : inProcess(),
    segments: {
      put: () => Promise.reject(new Error('the source is not read in windows')),
      read: () => Promise.resolve(undefined),
      drop: () => Promise.resolve(),
    },
  });
}

/** A run of a source until it has caught up. */
export async function pullSource(
  pulled: PullSource,
  {
    collector,
    vendor,
    ...stores
  }: Pick<Task, 'vendor' | 'collector'> & Pick<PullRun, 'startFrom' | 'checkpoints' | 'segments'>,
): Promise<Measured> {
  const id = { connector: 'acme', instance: 'default', source: `bench-${randomUUID().slice(0, 8)}` };
  const env = {
    LOGS_INGESTION_ENDPOINT: collector,
    DCR_IMMUTABLE_ID: 'dcr-00000000000000000000000000000001',
  };
  const sink = readLogsIngestion(env);
  const deadline = new Date(clock.now().getTime() + 3_600_000);
  const secrets = secretsOf(['a-token-of-the-bench']);
  const startedAt = performance.now();
  const report = await pull(pulled, {
    ...stores,
    id,
    runId: randomUUID(),
    settings: { url: vendor, token: 'a-token-of-the-bench' },
    jobAccount: undefined,
    deadline,
    deadLetters: { put: () => Promise.reject(new Error('the bench has no dead letters')) },
    clock,
    log,
    secrets,
    connect: (signal) => {
      const common = { deadline, signal, clock, log, secrets };
      const variables = { address: ['ACME_URL'], credentials: ['ACME_TOKEN'] };
      const toSink = createHttp({
        ...common,
        who: 'the workspace',
        origins: sink.origins,
        variables: LOGS_INGESTION_VARIABLES,
      });
      return Promise.resolve({
        http: createHttp({ ...common, who: 'the vendor', origins: [vendor], variables }),
        sink: createLogsIngestion(sink, env, toSink, signal),
      });
    },
  });
  if (report.outcome !== 'caught-up') throw new Error(JSON.stringify(report));
  return { events: report.accepted, ms: performance.now() - startedAt };
}

/** The simplest possible checkpoint store. */
function inProcess(): CheckpointStore {
  let checkpoint: Checkpoint = EMPTY_CHECKPOINT;
  const never = new AbortController().signal;
  return {
    acquire: () =>
      Promise.resolve({
        get checkpoint() {
          return checkpoint;
        },
        leaseLost: never,
        save: (next: Checkpoint) => {
          checkpoint = next;
          return Promise.resolve();
        },
        release: () => Promise.resolve(),
      }),
    read: () => Promise.resolve(checkpoint),
    async *list() {},
    sliceLeases: () => Promise.resolve([]),
    breakLeases: () => Promise.resolve(),
  };
}
