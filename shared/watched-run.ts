import { ContractError } from './contract/errors';
import type { Clock, RunReport } from './contract/run';
import { onBehalfOf, strayError, type CodeOwner, type CodeTime } from './io/stray-errors';
import { OVERRUN_MS } from './kit/wait-bound';
import type { Secrets } from './kit/secrets';

/** One run of one source, watched for failures of its connector's code that nobody waits for. */
export interface WatchedRun {
  /** Calls our own code; of the connector's functions that it calls each such failure is this run's. */
  readonly call: <T>(work: () => T) => T;
  /** Ends the watch: what comes later fails nothing. @returns the first such failure */
  readonly end: () => ContractError | undefined;
  /** Ends the watch. @returns the run's report; failed where such a failure came */
  readonly conclude: (report: RunReport, secrets: Pick<Secrets, 'mask'>) => RunReport;
}

/** The connector's code is waited for a little longer than any request, which says what it waited for. */
const CODE_OVERRUN_MS = OVERRUN_MS + 5_000;

/**
 * @param doing for messages: `pulling acme/alerts` @param who `acme/alerts`
 * @param time how long the run has; absent: nothing of the connector's code that it calls is waited for
 */
export function watchRun(
  doing: string,
  who: string,
  time?: { readonly deadline: Date; readonly clock: Pick<Clock, 'now'> },
): WatchedRun {
  let failure: ContractError | undefined;
  let isOver = false;
  const failed = new AbortController();
  const owner: CodeOwner = {
    who,
    failed: failed.signal,
    ...(time === undefined ? {} : { time: codeTime(doing, time.deadline, time.clock) }),
    fail(text, error) {
      if (isOver) return failure !== undefined;
      failure ??= strayError(doing, text, { cause: error });
      failed.abort(failure);
      return true;
    },
  };
  return {
    call: (work) => onBehalfOf(owner, work),
    end() {
      isOver = true;
      return failure;
    },
    conclude(report, secrets) {
      isOver = true;
      if (failure === undefined || report.outcome === 'failed') return report;
      return {
        ...report,
        outcome: 'failed',
        error: { name: failure.name, message: secrets.mask(failure.message) },
      };
    },
  };
}

/** A step that begins late has as long as one that the run's end meets. */
function codeTime(doing: string, deadline: Date, clock: Pick<Clock, 'now'>): CodeTime {
  return {
    leftMs: () => Math.max(0, deadline.getTime() - clock.now().getTime()) + CODE_OVERRUN_MS,
    over: (name) =>
      new ContractError(
        `${doing}: ${name}() gave nothing before the run's time was over. Let each promise that it awaits end in time, as those of http, sleep and poll do.`,
      ),
  };
}
