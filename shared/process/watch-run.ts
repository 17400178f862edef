import { type ContractError } from '../contract/errors';
import type { RunReport } from '../contract/run';
import { onBehalfOf, unhandledError, type CodeOwner } from './unhandled-errors';
import type { Secrets } from '../values/secrets/secrets';

/** A run of a source that is watched for unhandled failures of its connector's code. */
export interface WatchedRun {
  /** Calls our code. Unhandled failures of connector functions that it calls belong to this run. */
  readonly call: <T>(work: () => T) => T;
  /** Ends the watch. Later failures have no effect. @returns the first unhandled failure */
  readonly end: () => ContractError | undefined;
  /** Ends the watch. @returns the run's report, failed if there was an unhandled failure */
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
