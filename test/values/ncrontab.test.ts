import { parseSchedule } from '../../local/host/timers/schedule';
import { longestIntervalMs, scheduleProblem } from '../../shared/values/ncrontab';

const SOUND = [
  '0 */5 * * * *',
  '17 3-59/5 * * * *',
  '*/5 * * * *',
  '0 0 9-17 * * MON-FRI',
  '30 5/15 * * * *',
  '0 0 0 29 feb *',
  '0 0,30 8,12 1-7 January,JUL Sunday',
  '00:05:00',
  '01:30',
  '1.06:00:00',
  '24:00:00',
];
const WRONG: readonly [string, string][] = [
  ['every five minutes', 'it has 3 fields instead of six'],
  ['0 */5 * * * * *', 'it has 7 fields instead of six'],
  ['60 * * * * *', '60 is not a valid second'],
  ['0 */0 * * * *', '*/0 is not a valid minute'],
  ['0 5- * * * *', '5- is not a valid minute'],
  ['0 0 24 * * *', '24 is not a valid hour'],
  ['0 0 17-9 * * *', '17-9 is not a valid hour'],
  ['0 0 0 0 * *', '0 is not a valid day'],
  ['0 0 0 L * *', 'L is not a valid day'],
  ['0 0 0 1 foo *', 'foo is not a valid month'],
  ['0 0 0 * * 7', '7 is not a valid weekday'],
  ['0 0 0 ? * *', '? is not a valid day'],
  ['@daily', 'it has 1 fields instead of six'],
  ['0 0 0 30 2 *', 'no such day is in the calendar'],
  ['00:00:00', 'it leaves no time between two runs'],
  ['00:61:00', 'it is a TimeSpan whose minutes are 61; they go from 0 to 59'],
  ['00:05:60', 'it is a TimeSpan whose seconds are 60; they go from 0 to 59'],
  ['1.24:00:00', 'it is a TimeSpan whose hours are 24; they go from 0 to 23'],
  ['24:24:00', 'it is a TimeSpan whose hours are 24; they go from 0 to 23'],
  ['-00:05:00', 'it is not a TimeSpan of the form [days.]hh:mm[:ss]'],
  ['5:', 'it is not a TimeSpan of the form [days.]hh:mm[:ss]'],
];

test.each(SOUND)('%s is a schedule', (text) => {
  expect(scheduleProblem(text)).toBeUndefined();
});

test.each(WRONG)('%s is refused: %s', (text, problem) => {
  expect(scheduleProblem(text)).toBe(problem);
});

test.each(SOUND)('a timer of the local host fires by %s', (text) => {
  expect(parseSchedule(text).next(new Date(0)) > new Date(0)).toBe(true);
});

const MINUTE_MS = 60_000;
test.each([
  ['0 */5 * * * *', 5 * MINUTE_MS],
  ['17 3-59/5 * * * *', 5 * MINUTE_MS],
  ['0 0 * * * *', 60 * MINUTE_MS],
  ['0 0,5,20 * * * *', 40 * MINUTE_MS],
  ['*/10 * * * * *', 10_000],
  ['30 0 6 * * *', 24 * 60 * MINUTE_MS],
  ['0 0 9-17 * * MON-FRI', (2 * 24 + 16) * 60 * MINUTE_MS],
  ['0 0 0 29 feb *', (4 * 365 + 1) * 24 * 60 * MINUTE_MS],
  ['00:05:00', 5 * MINUTE_MS],
  ['1.06:00:00', 30 * 60 * MINUTE_MS],
  ['24:00:00', 24 * 24 * 60 * MINUTE_MS],
  ['every day', 0],
])('%s leaves at most %d ms between two runs', (text, expected) => {
  expect(longestIntervalMs(text)).toBe(expected);
});

test('the longest interval is the one that a timer really has', () => {
  const { next } = parseSchedule('0 10,50 3,7 1,15 * *');
  let [longest, at] = [0, next(new Date('2026-01-01T00:00:00Z'))];
  for (let time = next(at); time < new Date('2028-01-01T00:00:00Z'); [at, time] = [time, next(time)])
    longest = Math.max(longest, time.getTime() - at.getTime());
  expect(longestIntervalMs('0 10,50 3,7 1,15 * *')).toBe(longest);
});
