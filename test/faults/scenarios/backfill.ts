import { isSimulated } from '../../../local/vendor/simulated';
import type { PullSource } from '../../../shared/contract/connector';
import { rangeSpecOf } from '../../../shared/windows/backfill-range';
import { compilePath } from '../../../shared/values/json-path';
import { toIso } from '../../../shared/values/time';
import type { Expected, Scenario } from '../scenario';
import { START_TIME, LEASE_MS, type TestEnvironment } from '../test-environment';
import { deliverMessages, nextMessage, takeMessage } from '../queue-messages';
import { expectedRows } from './pull';
import { BACKFILL_QUEUE } from '../../../shared/admin';
import { backfillStates } from './backfill-states';

/** A backfill that is not finished after this many sweeps never will be. */
const MAX_SWEEPS = 20;
/** By then the vendor has published every event of the range. */
const LONG_AFTER_MS = 4 * 3_600_000;
/** Two hours before the case begins: two or three pages. */
const FROM = new Date(START_TIME.getTime() - 2 * 3_600_000);
const TO = START_TIME;

/** An operator backfills a past range: workers read its slices, and messages continue workers that were out of time. */
export const backfill: Scenario = {
  name: 'backfill',
  isInPreviousVersion: false,

  sourcesOf({ connector: { sources }, rules }) {
    const tested = Object.keys(sources).filter((name) => {
      const source = sources[name];
      return source !== undefined && isSimulated(source, rules) && rangeSpecOf(source) !== undefined;
    });
    return { tested, untested: [] };
  },

  async begin(environment, killAt) {
    if (environment.reports.length === 0) await environment.advance(LONG_AFTER_MS);
    await startBackfills(environment, killAt);
    const before = environment.kills.length;
    const message = nextMessage(environment, [BACKFILL_QUEUE]);
    if (message !== undefined) {
      const work = { kind: 'worker', message: decode(takeMessage(environment, message)) } as const;
      const others = Array.from({ length: environment.platform.starts - 1 }, () => environment.invoke(work));
      await Promise.all([environment.invoke(work, killAt), ...others]);
    }
    if (environment.kills.length > before) await environment.advance(LEASE_MS);
  },

  tableOf: ({ sources }, source) => sources[source]?.table,

  async concurrentRun(environment) {
    for await (const message of messagesOf(environment))
      await environment.invoke({ kind: 'worker', message });
  },

  settle: (environment) => deliverMessages(environment),

  async finish(environment) {
    for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
      await environment.advance(LONG_AFTER_MS);
      await startBackfills(environment);
      await environment.invoke({ kind: 'sweep' });
      await deliverMessages(environment);
      const states = await backfillStates(environment);
      if (environment.options.sources.every((source) => states.get(source) === 'finished')) return;
    }
    const last = environment.reports.at(-1);
    throw new Error(
      `not finished after ${MAX_SWEEPS} sweeps: ${last?.error?.message ?? last?.outcome ?? 'no run'}`,
    );
  },

  expect(environment) {
    const { sources, sut } = environment.options;
    return sources.map((name): Expected => {
      const source = sut.connector.sources[name] as PullSource;
      const timeAt = compilePath(source.table.time);
      const timeOf = (record: Parameters<typeof timeAt>[0]): number =>
        Date.parse(toIso(timeAt(record)) ?? '');
      const isIn = (record: Parameters<typeof timeAt>[0]): boolean =>
        timeOf(record) >= FROM.getTime() && timeOf(record) < TO.getTime();
      const isAtEnd = (record: Parameters<typeof timeAt>[0]): boolean => timeOf(record) === TO.getTime();
      return {
        ...expectedRows(environment, name, source, isIn),
        // Vendors differ in whether a range includes its end.
        optionalIds: new Set(expectedRows(environment, name, source, isAtEnd).rows.keys()),
        isParallel: true,
      };
    });
  },
};

/** Starts the backfills that have no durable job yet. The first start may be killed and is then repeated; the sweep sends the missing messages. */
async function startBackfills(environment: TestEnvironment, killAt?: number): Promise<void> {
  const [first, ...others] = await sourcesWithoutBackfill(environment);
  if (first === undefined) return;
  const before = environment.kills.length;
  await environment.invoke({ kind: 'start-backfill', ...backfillRequest(environment, first) }, killAt);
  for (const source of others)
    await environment.invoke({ kind: 'start-backfill', ...backfillRequest(environment, source) });
  if (environment.kills.length === before) return;
  await startBackfills(environment);
  await environment.invoke({ kind: 'sweep' });
}

function backfillRequest({ options: parts }: TestEnvironment, source: string) {
  const id = { connector: parts.sut.connector.name, instance: 'default', source };
  return { id, from: FROM.toISOString(), to: TO.toISOString() };
}

/** The message of each source's backfill, whether it was sent or not. */
async function* messagesOf({
  options: parts,
  storage: { container },
}: TestEnvironment): AsyncGenerator<object> {
  for await (const { name } of container.listBlobsFlat({ prefix: 'backfills/' })) {
    const [, , , source, id] = name.split('/');
    const { connector } = parts.sut;
    if (name.endsWith('/order.json'))
      yield { connector: connector.name, instance: 'default', source, backfill: id };
  }
}

/** The sources without a durable job, because the process that started it was killed. */
async function sourcesWithoutBackfill(environment: TestEnvironment): Promise<readonly string[]> {
  const known = await backfillStates(environment);
  return environment.options.sources.filter((source) => !known.has(source));
}

function decode(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
}
