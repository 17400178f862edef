import { randomUUID } from 'node:crypto';
import type { PlannedBackfill } from '../contract/backfill';
import { formatId, type SourceId } from '../contract/checkpoint';
import type { Page } from '../contract/connector';
import { SettingError } from '../contract/errors';
import type { WindowSpec } from '../contract/windows';
import { oneByOne } from '../pull/prefetch';
import { boundRead } from '../pull/read-deadline';
import { readOrReport } from '../values/damage-errors';
import { foreignState } from '../pull/vendor-account';
import { rangeSpecOf } from '../windows/backfill-range';
import { floor } from '../windows/window-plan';
import { sleepAndPoll } from '../kit/sleep-and-poll';
import { namedAccount, ownerOf, vendorHttp, type ResolvedSource, type RunTools } from '../run/run-source';
import { estimate } from './estimate';
import { logDamagedJob, createJob } from './job';
import { secretKeeper, secretsOf, withoutSecrets } from '../values/secrets/secrets';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
/** How far back the source's runs are read for the event rate. */
const RUNS_MS = 14 * DAY_MS;
/** Time limit for the sampled page. */
const PROBE_MS = 60_000;

/** A request to backfill a range. */
export interface BackfillRequest {
  readonly from: Date;
  readonly to: Date;
  /** How many slices are read at once. @default 8 */
  readonly workers?: number | undefined;
  readonly by: string;
}

/** Dependencies of planning. */
export type PlanTools = Pick<RunTools, 'clock' | 'log' | 'state'> & {
  readonly find: (id: SourceId) => ResolvedSource;
};

/**
 * Plans a backfill: requests one page from the middle of the range and estimates the cost of all of it. Stores nothing.
 * @throws SettingError when the source is off, its state belongs to another account, or its vendor does not serve the
 * range; and whatever the page request throws
 */
export async function planBackfill(
  tools: PlanTools,
  id: SourceId,
  request: BackfillRequest,
): Promise<PlannedBackfill> {
  const found = tools.find(id);
  const now = tools.clock.now();
  const spec = specOf(found);
  const account = namedAccount(found);
  // The account of a damaged checkpoint is unknown.
  const saved = await readOrReport(tools.state.checkpoints.read(id), () => undefined);
  const foreign = foreignState(id, saved?.account, account);
  if (foreign !== undefined) throw foreign;
  const range = rangeOf(found, spec, request, now);
  // Unreadable runs are left out of the estimate.
  const runs = await tools.state.history.read(id, new Date(now.getTime() - RUNS_MS), now, () => undefined);
  const middleMs = floor((Date.parse(range.from) + Date.parse(range.to)) / 2, spec);
  const probedFrom = new Date(middleMs).toISOString();
  const page = await probe(found, { from: probedFrom, to: range.to }, tools);
  const made = estimate({ found, spec, range, page, probedFrom, now, runs });
  const backfill = createJob(id, spec, {
    ...range,
    id: randomUUID().slice(0, 8),
    by: request.by,
    account: account.hashes,
    at: now,
    calls: made.calls,
    workers: request.workers,
  });
  const warnings = [...warningsOf(found, range, now, request), ...(await overlapsOf(tools, id, range))];
  return { backfill, estimate: made, warnings };
}

/** Warns of unfinished backfills that overlap the range. */
async function overlapsOf(
  tools: PlanTools,
  id: SourceId,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string[]> {
  const warnings: string[] = [];
  for await (const other of tools.state.backfills.list(id, logDamagedJob(tools))) {
    const isOn = other.state === 'running' || other.state === 'paused';
    if (isOn && other.from < to && from < other.to)
      warnings.push(
        `The unfinished backfill ${other.id} overlaps it: those events come twice, with the same EventId.`,
      );
  }
  return warnings;
}

/** @throws SettingError when the vendor accepts no end time, or serves its log only from a cursor */
function specOf({ id, source }: ResolvedSource): WindowSpec {
  const spec = rangeSpecOf(source);
  if (spec !== undefined) return spec;
  throw new SettingError(
    `planning a backfill of ${formatId(id)}: its vendor returns everything after a cursor and accepts no end, so a past range cannot be requested alone. To read again from a time, with the same EventId, use "npx tributary state set ${formatId(id)} --since <time>".`,
  );
}

/** @throws SettingError for an empty range, and for one that the vendor no longer keeps */
function rangeOf(
  { id, source }: ResolvedSource,
  spec: WindowSpec,
  { from, to }: BackfillRequest,
  now: Date,
): { readonly from: string; readonly to: string } {
  const doing = `planning a backfill of ${formatId(id)}`;
  const latestMs = floor(now.getTime() - spec.lag.minMs, spec);
  const { retention } = source;
  const keptMs = retention === undefined ? 0 : now.getTime() - retention.days * DAY_MS;
  const beginsMs = Math.ceil(keptMs / MINUTE_MS) * MINUTE_MS;
  // A request for the whole retention may be up to a minute too early.
  const isAll = from.getTime() < beginsMs && from.getTime() > keptMs - MINUTE_MS;
  const fromMs = isAll ? beginsMs : floor(from.getTime(), spec);
  const toMs = Math.min(to.getTime(), latestMs);
  if (fromMs >= toMs)
    throw new SettingError(
      `${doing}: the range is empty: it would go from ${from.toISOString()} to ${new Date(toMs).toISOString()}. Give --from a time before --to.`,
    );
  if (fromMs < keptMs)
    throw new SettingError(
      `${doing}: its vendor keeps ${retention?.days ?? 0} days (${retention?.source ?? ''}), and has nothing from before ${new Date(keptMs).toISOString()}. Start at that time or later: --from ${new Date(beginsMs).toISOString()}.`,
    );
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

function warningsOf(
  { source }: ResolvedSource,
  { from, to }: { readonly from: string; readonly to: string },
  now: Date,
  request: BackfillRequest,
): string[] {
  const { except } = source.retention ?? {};
  const isPartly = except !== undefined && Date.parse(from) < now.getTime() - except.days * DAY_MS;
  const lagMs = rangeSpecOf(source)?.lag.maxMs ?? 0;
  return [
    ...(isPartly
      ? [`The vendor keeps ${except.what} for ${except.days} days only: older ones are not read.`]
      : []),
    ...(Date.parse(to) < request.to.getTime()
      ? [`It ends at ${to}: the vendor may not have published later events yet.`]
      : []),
    ...(Date.parse(to) > now.getTime() - lagMs
      ? ['Events of its last hours may still be published late: only live collection reads those.']
      : []),
  ];
}

/** The first page of a range; `undefined` when the vendor gives none. */
async function probe(
  found: ResolvedSource,
  { from, to }: { readonly from: string; readonly to: string },
  { clock, log, state }: PlanTools,
): Promise<Page | undefined> {
  const { id, instance, source } = found;
  const startedAt = clock.now();
  const abort = new AbortController();
  const deadline = new Date(startedAt.getTime() + PROBE_MS);
  const doing = `pulling ${formatId(id)}`;
  const { inTime, signal } = boundRead({ doing, clock, deadline, ends: [abort.signal] });
  const budget = state.budgets.open({ ...ownerOf(found, log), isLowPriority: true });
  const secrets = secretsOf(instance.secrets);
  const context = {
    http: vendorHttp(found, { deadline, signal, clock, log, secrets, budget }),
    settings: instance.sources.find((one) => one.source === id.source)?.values ?? {},
    checkpoint: null,
    startFrom: new Date(from),
    newest: undefined,
    time: source.table.time,
    startedAt,
    now: () => clock.now(),
    signal,
    secret: secretKeeper(secrets),
    ...sleepAndPoll({ clock, deadline, signal }),
  };
  try {
    const [partition] = (await inTime(Promise.resolve(source.partitions?.(context)))) ?? [];
    const of = partition === undefined ? {} : { partition };
    const window = { lane: 'backfill', from, to, ...of } as const;
    const read = source.pull({ ...context, window });
    for await (const page of oneByOne(read, abort, inTime)) return page;
    return undefined;
  } catch (error) {
    throw withoutSecrets(error, secrets);
  } finally {
    abort.abort();
    await budget.end();
  }
}
