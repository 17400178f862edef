import type { Connector } from '../contract/connector';
import type { Http } from '../contract/http';
import type { Clock } from '../contract/run';
import { preview, type PagePreview } from './preview';
import { boundRead } from '../pull/read-deadline';
import { createBudgets } from '../rate-limit/run-budget';
import { memoryBudgets } from '../storage/state/budget-store';
import { clock as realClock } from '../process/clock';
import { createLog, type LogLines } from '../process/log';
import { currentOwner, reportUnhandled } from '../process/unhandled-errors';
import { LOGS_INGESTION_FORM } from '../sink/logs-ingestion';
import { readSettings } from '../settings/instance-settings';
import { formatId, type SourceId } from '../contract/checkpoint';
import { yieldToEventLoop } from '../values/cooperative';
import { sleepAndPoll } from '../kit/sleep-and-poll';
import { resolvePullSource, ownerOf, vendorHttp } from '../run/run-source';
import { sealSource, secretsIn } from '../run/seal-source';
import { watchRun, type WatchedRun } from '../process/watch-run';
import { secretKeeper, secretsOf, withoutSecrets, type Secrets } from '../values/secrets/secrets';
import type { Environment } from '../settings/environment';

/** Time limit of a preview, retries included. */
const BUDGET_MS = 60_000;

/** Sources that are previewed one after another share the limits of their vendor, as runs do. */
const budgets = createBudgets(memoryBudgets(), realClock);

/** Options of a preview. */
export interface PreviewOptions {
  readonly env: Environment;
  readonly lines: LogLines;
  readonly clock?: Clock;
  /** Wraps the HTTP client, to observe requests; the client's limits still apply. */
  readonly observe?: (http: Http) => Http;
  /** Secrets to mask in log lines. Secrets in the settings and those found while reading are added. */
  readonly secrets?: Secrets;
}

/**
 * Reads one source with the real HTTP client and formats its pages for the default sink. Sends and saves nothing.
 * @throws SettingError when the source is off; and whatever reading it throws
 */
export function previewSource(
  connector: Connector,
  id: SourceId,
  { clock = realClock, env, lines, observe = (http) => http, secrets = secretsOf([]) }: PreviewOptions,
): AsyncGenerator<PagePreview, void, undefined> {
  const found = resolvePullSource(id, [connector], readSettings(connector, env).instances);
  const { instance, source } = found;
  const startedAt = clock.now();
  for (const secret of instance.secrets) secrets.add(secret);
  const own = instance.sources.find((one) => one.source === id.source);
  const deadline = new Date(startedAt.getTime() + BUDGET_MS);
  const doing = `pulling ${formatId(id)}`;
  const log = createLog(lines, secrets);
  const late = (error: unknown): void => reportUnhandled(log, currentOwner(), error);
  const { inTime, signal } = boundRead({ doing, clock, deadline, ends: [], onAbandonedFailure: late });
  const http = observe(
    vendorHttp(found, {
      deadline,
      signal,
      clock,
      log,
      secrets,
      budget: (clock === realClock ? budgets : createBudgets(memoryBudgets(), clock)).open(ownerOf(found)),
    }),
  );
  const secretSettings = secretsIn(connector, source, own?.values ?? {});
  const pages = preview(sealSource(source, formatId(id), secretSettings, secrets), {
    id,
    sink: LOGS_INGESTION_FORM,
    drop: own?.drop,
    inTime,
    context: {
      http,
      settings: own?.values ?? {},
      checkpoint: null,
      startFrom: instance.startFrom(startedAt),
      newest: undefined,
      time: source.table.time,
      startedAt,
      now: () => clock.now(),
      signal,
      isPreview: true,
      secret: secretKeeper(secrets),
      ...sleepAndPoll({ clock, deadline, signal }),
    },
  });
  return watched(pages, watchRun(doing, formatId(id)), secrets);
}

/** The same pages. Throws errors of the read, and rejections of its unawaited promises, with their secrets masked. */
async function* watched(
  pages: AsyncGenerator<PagePreview, void, undefined>,
  run: WatchedRun,
  secrets: Secrets,
): AsyncGenerator<PagePreview, void, undefined> {
  let thrown: unknown;
  const leave = async (): Promise<void> => {
    await run.call(() => pages.return());
    // Node reports the rejection of an unawaited promise after the current turn.
    await yieldToEventLoop();
    const failure = run.end();
    if (failure !== undefined && failure !== thrown) throw withoutSecrets(failure, secrets);
  };
  try {
    for (;;) {
      const page = await run.call(() => pages.next());
      if (page.done === true) return;
      yield page.value;
    }
  } catch (error) {
    thrown = withoutSecrets(error, secrets);
    throw thrown;
  } finally {
    await leave();
  }
}
