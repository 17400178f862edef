import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHostJson } from '../../local/host/host-json';
import { parseRetry, withRetries } from '../../local/host/queues/retry-policy';
import { parseSchedule } from '../../local/host/timers/schedule';
import { expandSettings } from '../../local/host/app-settings';
import { parseTimeSpan } from '../../local/host/time-span';
import { waitUntil } from '../../local/host/wait';

const folder = mkdtempSync(join(tmpdir(), 'host-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['six fields', '0 30 9 * * *', '2026-11-21T09:30:00Z'],
  ['five fields, second 0', '30 9 * * *', '2026-11-21T09:30:00Z'],
  ['a day of the month and a weekday, which must both match', '0 0 0 13 * Fri', '2027-08-13T00:00:00Z'],
  ['a start and a step', '0 5/15 * * * *', '2026-11-21T00:05:00Z'],
  ['a range and names in full', '0 0 9 * January-March Monday', '2027-01-04T09:00:00Z'],
  ['an exact second, strictly after', '* * * * * *', '2026-11-21T00:00:01Z'],
])('a schedule may have %s', (_what, text, next) => {
  expect(parseSchedule(text).next(new Date('2026-11-21T00:00:00Z'))).toEqual(new Date(next));
});

test.each([
  ['0 0 0 L * *', 'L is not a valid day'],
  ['@daily', 'it has 1 fields instead of six'],
  ['0 0 0 * * 7', '7 is not a valid weekday'],
  ['0 0 0 ? * *', '? is not a valid day'],
  ['0 0 0 30 2 *', 'no such day is in the calendar'],
  ['99 * * * * *', '99 is not a valid second'],
])('the schedule %s, which Azure would refuse or never fire, is refused with a message', (text, reason) => {
  expect(() => parseSchedule(text)).toThrow(reason);
});

test.each([
  ['* * * * * *', true],
  ['10,20,45 * * * * *', true],
  ['0 * * * * *', false],
  ['* 30 * * * *', false],
  ['*/5 * * * *', false],
])('the status of %s is not stored: %s', (text, isSubMinute) => {
  expect(parseSchedule(text).isSubMinute).toBe(isSubMinute);
});

test('a TimeSpan fires that long after the previous time', () => {
  const { isSubMinute, next } = parseSchedule('00:05:00');
  expect(next(new Date('2026-01-01T00:00:07Z'))).toEqual(new Date('2026-01-01T00:05:07Z'));
  expect([isSubMinute, parseSchedule('00:00:30').isSubMinute]).toEqual([false, true]);
  expect(() => parseSchedule('00:00:00')).toThrow('no time between two runs');
});

test('app settings are looked up without regard to case, and a missing one is named', () => {
  expect(expandSettings('a-%when%', { WHEN: 'noon' })).toBe('a-noon');
  expect(() => expandSettings('%WHEN%', {})).toThrow('%WHEN% names the app setting WHEN, which is not set.');
});

test.each([
  ['00:05:00', 300_000],
  ['1.02:00:00', 93_600_000],
  ['00:00:00.1500000', 150],
  ['01:30', 5_400_000],
  ['24:00:00', 24 * 86_400_000],
])('the duration %s is %d ms', (text, ms) => expect(parseTimeSpan(text)).toBe(ms));

function read(content: object, environment = {}) {
  const file = join(folder, 'host.json');
  writeFileSync(file, JSON.stringify(content));
  return readHostJson(file, environment);
}

test('an empty host.json has the defaults of Azure, and a poll interval fit for a laptop', () => {
  expect(read({ version: '2.0' })).toEqual({
    routePrefix: 'api',
    functionTimeoutMs: 300_000,
    queues: {
      batchSize: 16,
      newBatchThreshold: 8,
      maxDequeueCount: 5,
      visibilityTimeoutMs: 0,
      maxPollingIntervalMs: 2000,
      messageEncoding: 'base64',
    },
  });
});

test('an app setting overrides host.json', () => {
  const settings = read({ functionTimeout: '00:10:00' }, { AzureFunctionsJobHost__functionTimeout: '-1' });
  expect(settings.functionTimeoutMs).toBeUndefined();
});

test('a value out of range is reported with file, key and range', () => {
  expect(() => read({ extensions: { queues: { batchSize: 64 } } })).toThrow(
    /host\.json: extensions\.queues\.batchSize: must be a whole number from 1 to 32; it is 64\.$/,
  );
});

test('exponential retries double up to their maximum, and the message contains the previous failure', async () => {
  const options = {
    retryStrategy: 'exponentialBackoff',
    maxRetryCount: 3,
    minimumInterval: { seconds: 2 },
    maximumInterval: { seconds: 5 },
  };
  const policy = parseRetry(options);
  expect([1, 2, 3].map((retry) => policy?.delayMs(retry))).toEqual([2000, 4000, 5000]);

  const seen: unknown[] = [];
  const attempt = (context: unknown): Promise<void> => {
    seen.push(context);
    return Promise.reject(new Error('again'));
  };
  const quick = { maxRetries: 1, delayMs: () => 0 };
  await expect(withRetries(quick, attempt, new AbortController().signal)).rejects.toThrow('again');
  const exception = expect.objectContaining({ message: 'again' }) as unknown;
  expect(seen).toEqual([undefined, { retryCount: 1, maxRetryCount: 1, exception }]);
});

test('a wait of months is made of one-minute steps, each of which checks the clock', async () => {
  let nowMs = Date.parse('2026-01-01');
  let longestMs = 0;
  const step = (ms: number): Promise<void> => {
    longestMs = Math.max(longestMs, ms);
    nowMs += ms;
    return Promise.resolve();
  };
  await waitUntil(new Date('2026-03-01'), () => new Date(nowMs), new AbortController().signal, step);
  expect(new Date(nowMs)).toEqual(new Date('2026-03-01'));
  expect(longestMs).toBe(60_000);
});
