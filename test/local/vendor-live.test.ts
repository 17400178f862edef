import { copier, likeId, likeTime } from '../../local/vendor/feed/event-copies';
import { fixedFeed } from '../../local/vendor/feed/feed';
import { seeded } from '../../local/vendor/random';
import { readingOf } from '../../local/vendor/feed/reading';
import { toIso } from '../../shared/values/time';
import { closeVendors, pullFrom, recordsOf, vendorOf } from './vendor-setup';

afterEach(closeVendors);

const start = new Date('2026-11-21T12:00:00Z');
const minutes = (count: number): Date => new Date(start.getTime() + count * 60_000);

describe('a live simulated vendor', () => {
  test('begins with the events of the last hours, each with an id of its own', async () => {
    const vendor = await vendorOf({ live: true, now: () => start });
    const records = recordsOf(await pullFrom(vendor, 'acme', 'systemLog'));
    expect(records).toHaveLength(210);
    expect(new Set(records.map(({ uuid }) => uuid)).size).toBe(210);
    const times = records.map(({ published }) => Date.parse(published as string));
    expect(Math.min(...times)).toBeGreaterThan(minutes(-381).getTime());
    expect(Math.max(...times)).toBeLessThanOrEqual(start.getTime());
  });

  test('publishes a few a minute, one in ten late, and a stored cursor finds every one', async () => {
    let now = start;
    const vendor = await vendorOf({ live: true, now: () => now });
    const before = await pullFrom(vendor, 'globex', 'auditEvents');
    now = minutes(600);
    const after = await pullFrom(vendor, 'globex', 'auditEvents', {
      checkpoint: before.at(-1)?.checkpoint ?? null,
    });
    const fresh = recordsOf(after);
    expect([...recordsOf(before), ...fresh]).toEqual(vendor.published('globex', 'auditEvents'));
    expect(fresh.length).toBeGreaterThan(1_200);
    expect(fresh.length).toBeLessThan(3_600);
    const times = fresh.map(({ timestamp }) => toIso(timestamp) ?? '');
    const late = times.filter((time, i) => i > 0 && time < (times[i - 1] ?? ''));
    expect(late.length / fresh.length).toBeGreaterThan(0.05);
    expect(late.length / fresh.length).toBeLessThan(0.2);
  });

  test('has as many pages of history, over as long a time, as a test sets', async () => {
    let now = start;
    const vendor = await vendorOf({
      live: true,
      now: () => now,
      pageSize: 10,
      events: { historyPages: 2.5, historyMs: 60_000, livesMs: 600_000 },
    });
    const times = (): number[] =>
      vendor
        .published('globex', 'auditEvents')
        .map((record) => Date.parse((record as { timestamp: string }).timestamp));
    expect(times()).toHaveLength(25);
    now = minutes(10);
    const after = times().length;
    now = minutes(600);
    expect(times()).toHaveLength(after);
    expect(after).toBeGreaterThan(40);
    expect(Math.max(...times())).toBeLessThanOrEqual(minutes(10).getTime());
  });

  test('has late events and equal times as often and as late as a test sets', async () => {
    let now = start;
    const events = { lateOneIn: 1, timeStepMs: 60_000 };
    const vendor = await vendorOf({ live: true, now: () => now, events, maxLateMs: 300_000 });
    now = minutes(60);
    const records = vendor.published('initech-audit', 'organizationEvents') as { '@timestamp': number }[];
    const times = records.map((record) => record['@timestamp']);
    expect(times.filter((time) => time % 60_000 !== 0)).toEqual([]);
    expect(new Set(times).size).toBeLessThan(times.length);
    expect(times.filter((time, i) => i > 0 && time < (times[i - 1] ?? 0)).length).toBeGreaterThan(10);
  });

  test('reports its time', async () => {
    const vendor = await vendorOf({ live: true, now: () => start });
    const { headers } = await fetch(`${vendor.url}/acme/api/v1/logs`);
    expect(headers.get('date')).toBe(start.toUTCString());
  });

  test('publishes the same events for the same seed and clock, and others for another seed', async () => {
    const published = async (seed: number) => {
      const vendor = await vendorOf({ live: true, now: () => start, seed });
      return vendor.published('globex', 'itemUsages');
    };
    const [one, same, other] = [await published(1), await published(1), await published(2)];
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test('cuts its pages at the declared limit', async () => {
    let now = start;
    const vendor = await vendorOf({ live: true, now: () => now });
    now = minutes(600);
    const pages = await pullFrom(vendor, 'acme', 'systemLog');
    expect(pages[0]?.records).toHaveLength(1_000);
  });

  test('continues from a cursor of an earlier process', async () => {
    const before = await vendorOf({ live: true, now: () => start });
    const pages = await pullFrom(before, 'acme', 'systemLog');
    const after = await vendorOf({ live: true, now: () => minutes(60) });
    const rest = await pullFrom(after, 'acme', 'systemLog', { checkpoint: pages.at(-1)?.checkpoint ?? null });
    expect(recordsOf(rest).length).toBeGreaterThan(20);
    expect(recordsOf(rest)).toEqual(after.published('acme', 'systemLog').slice(-recordsOf(rest).length));
  });
});

describe('a copy of a template record', () => {
  test.each([
    [
      '9f0c1b7e-2a4d-4c11-8f10-00aa00bb00cc',
      /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    ],
    ['56YE2TYN2VFYRLNSHKPW5NVT5E', /^[A-Z2-7]{26}$/],
    ['evt_7Ab', /^[A-Za-z0-9]{3}_[A-Za-z0-9]{3}$/],
    [undefined, /^[0-9]{16}$/],
  ])('has an id that looks like %p', (sample, pattern) => {
    const id = likeId(sample, seeded('a'));
    expect(id).toMatch(pattern);
    expect(id).not.toBe(sample);
  });

  test('has a number where the template has one', () => {
    expect(likeId(123456, seeded('a'))).toEqual(expect.any(Number));
    expect(typeof likeId(12345678901234567890n, seeded('a'))).toBe('bigint');
  });

  test.each(['re-1', 'x', 7, 12345678901234567890n])(
    'has a unique id, however short ids like %p are',
    (id) => {
      const copy = copier({ time: 'at', eventId: 'id' }, seeded('a'));
      const made = Array.from({ length: 1_000 }, () => copy({ id, at: 5 }, start) as { id: unknown });
      expect(new Set([String(id), ...made.map((one) => String(one.id))]).size).toBe(1_001);
      expect([...new Set(made.map((one) => typeof one.id))]).toEqual([typeof id]);
    },
  );

  test.each([
    ['2026-01-02T03:04:05.678Z', '2026-11-21T12:00:00.000Z'],
    ['2026-01-02T03:04:05Z', '2026-11-21T12:00:00Z'],
    ['2026-01-02T03:04:05.123456789Z', '2026-11-21T12:00:00.000000000Z'],
    ['2026-01-02T03:04:05-03:30', '2026-11-21T08:30:00-03:30'],
    ['2026-01-02 03:04:05.5', '2026-11-21 12:00:00.0'],
    [1_767_322_000, 1_795_262_400],
    [1_767_322_000_123, 1_795_262_400_000],
    [null, '2026-11-21T12:00:00.000Z'],
  ])('has its time in the format of the template, such as %p', (sample, text) => {
    expect(likeTime(sample, start)).toBe(text);
  });

  test('keeps everything else of its template, even where id and time are nested', () => {
    const copy = copier({ time: 'meta.at', eventId: "$.meta['the id']" }, seeded('a'));
    const made = copy({ a: 1, meta: { at: 5, 'the id': 'x', b: 2 } }, new Date(7_000));
    expect(made).toEqual({ a: 1, meta: { at: 7, 'the id': expect.stringMatching(/^[0-9a-z]$/i), b: 2 } });
  });
});

test('a vendor asked by time returns what happened since, in order, from one snapshot', () => {
  const at = (minute: number) => ({ t: minutes(minute).toISOString(), minute });
  const feed = fixedFeed(
    [
      [at(3), at(1)],
      [at(5), at(2), at(4)],
    ],
    't',
  );
  const reading = readingOf(feed, { resume: 'time' }, 2);
  const first = reading.from(reading.begin(minutes(2).getTime()));
  const second = reading.from(first.next);
  const minutesOf = ({ records }: typeof first) =>
    records.map(({ record }) => (record as { minute: number }).minute);
  expect([minutesOf(first), first.more]).toEqual([[2, 3], true]);
  expect([minutesOf(second), second.more]).toEqual([[4, 5], false]);
});
