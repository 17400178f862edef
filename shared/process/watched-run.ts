import { type ContractError } from '../contract/errors';
import type { RunReport } from '../contract/run';
import { onBehalfOf, unhandledError, type CodeOwner } from './unhandled-errors';
import type { Secrets } from '../values/secrets/secrets';

/** One run of one source, watched for unhandled failures of its connector's code. */
export interface WatchedRun {
  /** Calls our own code; of the connector's functions that it calls each such failure is this run's. */
  readonly call: <T>(work: () => T) => T;
  /** Ends the watch: what comes later fails nothing. @returns the first such failure */
  readonly end: () => ContractError | undefined;
  /** Ends the watch. @returns the run's report; failed where such a failure came */
  readonly conclude: (report: RunReport, secrets: Pick<Secrets, 'mask'>) => RunReport;
}

/** @param doing for messages: `pulling acme/alerts` @param who `acme/alerts` */
export function watchRun(doing: string, who: string): WatchedRun {
  let failure: ContractError | undefined;
  let isOver = false;
  const failed = new AbortController();
  const owner: CodeOwner = {
    who,
    failed: failed.signal,
    fail(text, error) {
      if (isOver) return failure !== undefined;
      failure ??= unhandledError(doing, text, { cause: error });
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
