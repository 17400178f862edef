import { parseSchedule } from '../../local/host/schedule';
import { scheduleProblem } from '../../shared/kit/schedule';

const SOUND = [
  '0 */5 * * * *',
  '17 3-59/5 * * * *',
  '*/5 * * * *',
  '0 0 9-17 * * MON-FRI',
  '30 5/15 * * * *',
  '0 0 0 29 feb *',
  '0 0,30 8,12 1-7 January,JUL Sunday',
];
const WRONG: readonly [string, string][] = [
  ['every five minutes', 'it has 3 fields in place of six'],
  ['0 */5 * * * * *', 'it has 7 fields in place of six'],
  ['60 * * * * *', '60 is no second'],
  ['0 */0 * * * *', '*/0 is no minute'],
  ['0 5- * * * *', '5- is no minute'],
  ['0 0 24 * * *', '24 is no hour'],
  ['0 0 17-9 * * *', '17-9 is no hour'],
  ['0 0 0 0 * *', '0 is no day'],
  ['0 0 0 L * *', 'L is no day'],
  ['0 0 0 1 foo *', 'foo is no month'],
  ['0 0 0 * * 7', '7 is no weekday'],
  ['0 0 0 ? * *', '? is no day'],
  ['@daily', 'it has 1 fields in place of six'],
  ['0 0 0 30 2 *', 'no such day is in the calendar'],
];

test.each(SOUND)('%s is a schedule', (text) => {
  expect(scheduleProblem(text)).toBeUndefined();
});

test.each(WRONG)('%s is none: %s', (text, problem) => {
  expect(scheduleProblem(text)).toBe(problem);
});

test.each([...SOUND, ...WRONG.map(([text]) => text)])('the local host says the same of %s', (text) => {
  const isRead = ((): boolean => {
    try {
      return parseSchedule(text).next(new Date(0)) > new Date(0);
    } catch {
      return false;
    }
  })();
  expect(isRead).toBe(scheduleProblem(text) === undefined);
});
