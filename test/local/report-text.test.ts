import { reportJson, runLine } from '../../local/start/report-text';
import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';

const REPORT: RunReport = {
  connector: 'acme',
  instance: 'default',
  source: 'alerts',
  ...EMPTY_LEDGER,
  runId: 'run',
  table: 'Alerts_CL',
  pages: 0,
  drifted: 0,
  startedAt: '2026-11-21T12:00:00.000Z',
  durationMs: 7,
  outcome: 'out-of-time',
};
const WAITS = 'asking acme: it is left alone until 2026-11-21T12:30:00.000Z.';

test('a waiting run says for what and until when', () => {
  const waiting = { ...REPORT, resumeAt: '2026-11-21T12:30:00.000Z', waitsFor: WAITS };
  expect(
    runLine(waiting)
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual([expect.stringMatching(/^12:00:00 {2}acme\/alerts +out-of-time 0 fetched/), WAITS]);
  expect(reportJson(waiting)).toMatchObject({ outcome: 'out-of-time', resumeAt: '2026-11-21T12:30:00.000Z' });
});

test('a late run says that once', () => {
  const error = { name: 'UnavailableError', message: `${WAITS} It has waited since noon.` };
  const lines = runLine({ ...REPORT, outcome: 'late', waitsFor: WAITS, error }).split('\n');
  expect(lines.slice(1).map((line) => line.trim())).toEqual([`UnavailableError: ${error.message}`]);
});
