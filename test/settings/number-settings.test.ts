import { numberProblems, readNumber } from '../../shared/settings/number-settings';

test('a number that is set is used, and the documented default without one', () => {
  expect(readNumber({ PULL_CONCURRENCY: ' 4 ' }, 'PULL_CONCURRENCY')).toBe(4);
  expect(readNumber({ SPOOL_MAX_GB: '0.5' }, 'SPOOL_MAX_GB')).toBe(0.5);
  expect(readNumber({}, 'RUN_HISTORY_DAYS')).toBe(400);
  expect(readNumber({ BACKFILL_CONCURRENCY: '' }, 'BACKFILL_CONCURRENCY')).toBe(8);
  expect(numberProblems({ PULL_CONCURRENCY: '4', SPOOL_MAX_GB: '0.5', BACKFILL_CONCURRENCY: '' })).toEqual(
    [],
  );
});

test.each(['-1', '0', '1.5', 'many', '1e9', 'NaN', 'Infinity'])(
  'PULL_CONCURRENCY=%s stops nothing, and is reported',
  (text) => {
    const env = { PULL_CONCURRENCY: text };
    expect(readNumber(env, 'PULL_CONCURRENCY')).toBe(8);
    expect(numberProblems(env)).toEqual([
      `PULL_CONCURRENCY: ${text} is not a whole number from 1 to 1000. The default 8 applies until it is corrected.`,
    ]);
  },
);

test('a negative spool size and an unresolved reference are reported too', () => {
  const env = {
    SPOOL_MAX_GB: '-5',
    RUN_HISTORY_DAYS: '@Microsoft.KeyVault(SecretUri=https://vault.test/days)',
  };
  expect(readNumber(env, 'SPOOL_MAX_GB')).toBe(20);
  const problems = numberProblems(env);
  expect(problems).toEqual([
    expect.stringMatching(/^RUN_HISTORY_DAYS is a Key Vault reference that was not resolved\./),
    'SPOOL_MAX_GB: -5 is not a number above 0, up to 1000000. The default 20 applies until it is corrected.',
  ]);
  expect(problems.join()).not.toContain('vault.test');
});
