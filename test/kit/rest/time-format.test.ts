import type { RestSpec, RestTime, RestTimeFormat } from '../../../shared/contract/rest';
import { coarseStepMs, stepOf, writeSince, writeUntil } from '../../../shared/kit/rest/time-format';
import { rest } from '../../../shared/kit/rest/rest';
import { pullContext, readAll, readUntilError, scriptedHttp } from '../../fakes/scripted-http';

const common = {
  base: 'url',
  path: '/logs',
  records: '$',
  next: { kind: 'link' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from' },
} as const satisfies RestSpec;
const specOf = (since: RestTime, until?: RestTime): RestSpec => ({
  ...common,
  since: { ...common.since, ...since },
  ...(until === undefined ? {} : { until: { in: 'query', name: 'to', ...until } }),
});
const time = '2026-11-02T09:08:07.1234567Z';
const now = new Date('2026-11-02T10:08:07.123Z');

test.each<[RestTimeFormat, string | number | bigint]>([
  ['iso', time],
  ['iso-s', '2026-11-02T09:08:07Z'],
  ['date', '2026-11-02'],
  ['rfc2822', 'Mon, 02 Nov 2026 09:08:07 +0000'],
  ['epoch-s', 1_793_610_487],
  ['epoch-ms', 1_793_610_487_123],
  ['epoch-us', 1_793_610_487_123_456],
  ['epoch-ns', 1_793_610_487_123_456_700n],
  ['epoch-decimal', 1_793_610_487.123456],
  [{ pattern: 'yyyyMMddHHmmss' }, '20261102090807'],
  [{ ago: 'seconds' }, 4_500],
  [{ ago: 'minutes' }, 75],
  [{ ago: 'hours' }, 2],
  [{ ago: 'days' }, 1],
  [{ ago: 'iso' }, 'PT4500S'],
])('a lower bound in %j is %s', (format, sent) => {
  expect(writeSince(specOf({ format }), time, now)).toBe(sent);
});

test.each<[RestTimeFormat, since: unknown, until: unknown]>([
  ['iso', '2026-11-02T09:08:07.122Z', '2026-11-02T09:08:07.124Z'],
  ['epoch-s', 1_793_610_486, 1_793_610_488],
  ['date', '2026-11-01', '2026-11-03'],
])('exclusive bounds in %j are one step further apart', (format, since, until) => {
  const spec = specOf({ format, exclusive: true }, { format, exclusive: true });
  expect(writeSince(spec, time, now)).toBe(since);
  expect(writeUntil(spec, time)).toBe(until);
});

test('windows have a step of at most a second where a format is coarser', () => {
  expect(stepOf([{ format: 'date' }, { format: 'iso' }])).toBe(1_000);
  expect(stepOf([{ format: 'epoch-us' }, undefined])).toBe(1);
  expect(coarseStepMs([{ format: 'iso-s' }, { format: 'date' }])).toBe(86_400_000);
  expect(coarseStepMs([{ format: 'iso-s' }])).toBe(0);
});

test('a range of days requests no more days than the vendor allows', () => {
  const days = { ...specOf({ format: 'date' }, { format: 'date' }), window: { lag: { minMs: 1, maxMs: 2 } } };
  const declared = { ...days, window: { ...days.window, maxMs: 30 * 86_400_000 } };
  expect(rest(declared).rest?.window).toMatchObject({ maxMs: 29 * 86_400_000, stepMs: 1_000 });
});

test('of a day that is read as a whole only the records of the window are delivered', async () => {
  const body = ['T09:59:59Z', 'T10:00:00Z', 'T10:00:05Z', 'T10:05:00Z', 'T10:05:01Z'].map((at) => ({
    at: `2026-11-01${at}`,
  }));
  const http = scriptedHttp('https://vendor.test', [{ body }]);
  const window = { lane: 'live', from: '2026-11-01T10:00:00.000Z', to: '2026-11-01T10:05:00.000Z' } as const;
  const pages = await readAll(
    rest(specOf({ format: 'date' }, { format: 'date' })),
    pullContext(http, { window }),
  );
  expect(http.asked[0]?.query).toEqual({ from: '2026-11-01', to: '2026-11-01' });
  expect(pages.flatMap(({ records }) => records)).toEqual(body.slice(1, 4));
});

test('a lower bound sent as "ago" too long before the answer ends the run', async () => {
  const pull = rest(specOf({ format: { ago: 'minutes' } }));
  const date = (text: string): ReturnType<typeof scriptedHttp> =>
    scriptedHttp('https://vendor.test', [{ body: [], headers: { date: text } }]);
  const window = { lane: 'live', from: '2026-11-01T10:00:00.000Z', to: '2026-11-01T10:05:00.000Z' } as const;
  const soon = await readUntilError(pull, pullContext(date('Mon, 02 Nov 2026 00:14:00 GMT'), { window }));
  const late = await readUntilError(pull, pullContext(date('Mon, 02 Nov 2026 00:15:00 GMT'), { window }));
  expect(soon.error).toBeUndefined();
  expect(late.error).toContain('how long ago the range begins');
  expect(late.pages).toEqual([]);
});

test.each<[member: string, because: string, spec: RestSpec]>([
  ['since.format', 'it must be one of iso', specOf({ format: 'days' as 'date' })],
  ['since.format', 'it must be one of iso', specOf({ format: { ago: 'weeks' as 'days' } })],
  ['until.exclusive', 'it must be true', specOf({}, { exclusive: false as true })],
  ['until.format', 'tt is not known', specOf({}, { format: { pattern: 'yyyy-MM-dd tt' } })],
  ['until.format', 'cannot be the end of a window', specOf({}, { format: { ago: 'days' } })],
  ['since.format', 'cannot be the end of a window', specOf({ format: { ago: 'days' }, exclusive: true })],
  [
    'since.format',
    'the newest time of a page',
    { ...specOf({ format: 'date' }), next: { kind: 'time' }, stop: { on: 'short-page', full: 3 } },
  ],
  [
    'window.maxMs',
    'asks for both',
    { ...specOf({ format: 'date' }), window: { lag: { minMs: 1, maxMs: 1 }, maxMs: 86_400_000 } },
  ],
])('%s is refused: %s', (member, because, spec) => {
  expect(() => rest(spec)).toThrow(`declaration: ${member}: `);
  expect(() => rest(spec)).toThrow(because);
});
