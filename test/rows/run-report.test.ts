import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';
import { SettingError } from '../../shared/contract/errors';
import { buildReport, reportError } from '../../shared/rows/run-report';

const id = { connector: 'acme', instance: 'default', source: 'alerts' };
const startedAt = new Date('2026-11-21T12:00:00.000Z');
const run = { id, runId: 'r', table: 'Sample_CL', startedAt, clock: { now: () => new Date(+startedAt + 5) } };
const counts = { ...EMPTY_LEDGER, fetched: 2, accepted: 2, pages: 1, drifted: 0 };

test('a report contains its ledger and leaves out rare counts that are zero', () => {
  expect(buildReport(run, { ...counts, setAside: 0, outOfOrder: 3 }, 'caught-up')).toEqual({
    ...id,
    ...counts,
    outOfOrder: 3,
    runId: 'r',
    table: 'Sample_CL',
    startedAt: '2026-11-21T12:00:00.000Z',
    durationMs: 5,
    outcome: 'caught-up',
  });
});

test('an error of an unknown class is logged with its stack', () => {
  const lines: string[] = [];
  const log = { error: (_: unknown, sentence: string) => void lines.push(sentence) };
  const mask = (text: string): string => text.replace('hush', '***');
  expect(reportError(new SettingError('hush'), { id, log, runId: 'r' }, mask)).toEqual({
    error: { name: 'SettingError', message: '***' },
  });
  expect(lines).toEqual([]);
  expect(reportError('odd', { id, log, runId: 'r' })).toEqual({ error: { name: 'Error', message: 'odd' } });
  expect(lines).toEqual(['unexpected error']);
});
