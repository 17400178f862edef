import type { RunHistory } from '../../contract/operator';
import type { RunReport } from '../../contract/run';
import type { Storage } from '../storage';
import { createJsonlLog, isBetween } from './jsonl-log';
import { reportProblem } from './run-reports';

/** The run history: an append blob for each source and day, `history/<connector>/<instance>/<source>/<day>.jsonl`. */
export function createRunHistory(storage: Pick<Storage, 'blobs'>, keepDays: number): RunHistory {
  const log = createJsonlLog<RunReport>(storage, {
    folder: 'history',
    what: 'the run history',
    every: 'day',
    keepDays,
    problemOf: reportProblem,
  });
  return {
    add: (report) => log.add(report, new Date(report.startedAt), report),
    async read(id, from, to, damaged) {
      const all = await log.read(id, from, to, damaged);
      return all
        .filter(({ startedAt }) => isBetween(startedAt, from, to))
        .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
    },
  };
}
