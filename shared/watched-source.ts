import type { Page, PullContext, PullSource } from './contract/connector';
import { ContractError } from './contract/errors';
import type { RunReport } from './contract/run';
import { asCodeOf, type CodeOwner } from './io/stray-errors';
import type { Secrets } from './kit/secrets';

/** A source during one run, watched for failures of its code that nobody waits for. */
export interface WatchedSource {
  /** In place of the source: it fails as soon as such a failure is known, after what it yielded before. */
  readonly source: PullSource;
  /** The run's report; failed where such a failure came when there was nothing more to read. */
  readonly conclude: (report: RunReport) => RunReport;
}

/**
 * Watches what a connector's own code does in one run. A pull that `rest()` made is our code.
 * @param secrets what stands in no report
 */
export function watchSource(source: PullSource, who: string, secrets: Pick<Secrets, 'mask'>): WatchedSource {
  const watch = createWatch(who, secrets);
  const { keep, partitions, pull, toRow } = source;
  return {
    source: {
      ...source,
      ...(pull.rest === undefined ? { pull: (context: PullContext) => watch.pages(pull, context) } : {}),
      // Entering costs some tens of nanoseconds for each record, of the many thousand that formatting it takes.
      ...(keep === undefined ? {} : { keep: (record) => watch.call(() => keep.call(source, record)) }),
      ...(toRow === undefined ? {} : { toRow: (record) => watch.call(() => toRow.call(source, record)) }),
      ...(partitions === undefined
        ? {}
        : { partitions: (context) => watch.during(() => partitions.call(source, context)) }),
    },
    conclude: watch.conclude,
  };
}

function createWatch(who: string, secrets: Pick<Secrets, 'mask'>) {
  let failure: ContractError | undefined;
  let isOver = false;
  let giveUp: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (giveUp = reject));
  failed.catch(() => undefined);
  const owner: CodeOwner = {
    who,
    fail(text, error) {
      failure ??= new ContractError(
        `pulling ${who}: ${text}, in a promise or a callback of the connector that nothing waits for. Await it, or handle its failure.`,
        { cause: error },
      );
      giveUp(failure);
      return !isOver;
    },
  };
  const during = <T>(call: () => Promise<T>): Promise<T> => Promise.race([asCodeOf(owner, call), failed]);

  return {
    during,
    call: <T>(code: () => T): T => asCodeOf(owner, code),
    async *pages(pull: PullSource['pull'], context: PullContext): AsyncGenerator<Page, void, undefined> {
      const pages = asCodeOf(owner, () => pull(context)[Symbol.asyncIterator]());
      try {
        for (;;) {
          const page = await during(() => pages.next());
          if (page.done === true) return;
          yield page.value;
        }
      } finally {
        // A read that never ends would be waited for otherwise.
        asCodeOf(owner, () => pages.return?.())?.catch(() => undefined);
      }
    },
    conclude(report: RunReport): RunReport {
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
