import { compileTimePattern, writeTimePattern } from '../../shared/values/time-pattern';

const time = '2026-11-02T09:08:07.1234567Z';

test.each([
  ['yyyy-MM-dd', '2026-11-02', 86_400_000],
  ['yyyy-MM-ddTHH', '2026-11-02T09', 3_600_000],
  ['dd/MMM/yyyy HH:mm', '02/Nov/2026 09:08', 60_000],
  ['yyyyMMddHHmmss', '20261102090807', 1_000],
  ['yyyy-MM-dd HH:mm:ss', '2026-11-02 09:08:07', 1_000],
  ["yyyy-MM-dd'T'HH:mm:ss'.00Z'", '2026-11-02T09:08:07.00Z', 1_000],
  ['yyyy-MM-ddTHH:mm:ss.000000+00:00', '2026-11-02T09:08:07.000000+00:00', 1_000],
  ['ddd, dd MMM yyyy HH:mm:ss GMT', 'Mon, 02 Nov 2026 09:08:07 GMT', 1_000],
  ['yyyy-MM-ddTHH:mm:ss.fZ', '2026-11-02T09:08:07.1Z', 100],
  ['yyyy-MM-ddTHH:mm:ss.ffffffZ', '2026-11-02T09:08:07.123456Z', 1],
  ['yyyy-MM-ddTHH:mm:ss.fffffffff', '2026-11-02T09:08:07.123456700', 1],
])('%s writes %s', (pattern, text, stepMs) => {
  const quoted = pattern.replace('GMT', "'GMT'");
  const compiled = compileTimePattern(quoted);
  expect(writeTimePattern(compiled, time)).toBe(text);
  expect(compiled.stepMs).toBe(stepMs);
});

test.each([
  ['yyyy-MM-dd hh:mm tt', 'hh is not known'],
  ['yyyy-MM-ddTHH:mm:ssK', 'K is not known'],
  ['YYYY-MM-DD', 'YYYY is not known'],
  ['yyyy-MM', 'year, month and day'],
  ['HH:mm:ss', 'year, month and day'],
  ['yyyy-MM-dd mm:ss', 'each finer part'],
  ['yyyy-MM-dd dd', 'each once'],
  ['yyyy-MM-dd MMM', 'each once'],
  ["yyyy-MM-dd'T", 'a quote has no end'],
  ['', 'year, month and day'],
])('%s is refused: %s', (pattern, because) => {
  expect(() => compileTimePattern(pattern)).toThrow(because);
});
