import { follow } from './follow-vendor';
import { closeVendors, pullFrom, recordsOf, vendorOf } from './vendor-setup';

afterEach(closeVendors);

/** An hour after the newest fixture. */
const startedAt = new Date('2026-11-20T09:30:00Z');
const sources = [
  ['hooli', 'calls', [3, 3, 2]],
  ['hooli', 'changes', [10]],
  ['initech-audit', 'organizationEvents', [4, 4, 3]],
  ['initech-audit', 'enterpriseEvents', [4, 4, 4, 3]],
] as const;

describe.each(sources)('the simulated vendor of %s %s, which is read by time', (name, source, sizes) => {
  test('returns every fixture record once and complains about nothing', async () => {
    const vendor = await vendorOf();
    const pages = await pullFrom(vendor, name, source, { startedAt });
    expect(recordsOf(pages)).toEqual(vendor.published(name, source));
    expect(pages.map(({ records }) => records.length)).toEqual(sizes);
    expect(vendor.complaints).toEqual([]);
  });

  test('returns the same records in pages of two, unless only a full page says that there is more', async () => {
    const vendor = await vendorOf({ pageSize: 2 });
    const pages = await pullFrom(vendor, name, source, { startedAt });
    expect(recordsOf(pages)).toEqual(vendor.published(name, source));
    expect(pages[0]?.records).toHaveLength(source === 'changes' ? 10 : 2);
  });

  test('continues from the checkpoint of every page', async () => {
    const vendor = await vendorOf({ pageSize: 2 });
    const pages = await pullFrom(vendor, name, source, { startedAt });
    for (const [i, { checkpoint }] of pages.slice(0, -1).entries()) {
      const rest = await pullFrom(vendor, name, source, { checkpoint, startedAt });
      expect(recordsOf(rest)).toEqual(recordsOf(pages.slice(i + 1)));
    }
    expect(vendor.complaints).toEqual([]);
  });

  test('returns nothing newer than the end of the read', async () => {
    const vendor = await vendorOf();
    const early = new Date('2026-11-20T08:10:00Z');
    const first = await pullFrom(vendor, name, source, { startedAt: early });
    const checkpoint = first.at(-1)?.checkpoint ?? null;
    const second = await pullFrom(vendor, name, source, { checkpoint, startedAt });
    const all = [...recordsOf(first), ...recordsOf(second)];
    expect(recordsOf(second).length).toBeGreaterThan(0);
    expect(all).toEqual(vendor.published(name, source));
  });
});

/** How long a vendor is read: longer than events may be late. */
const MINUTES = 360;

test.each([
  ['hooli', 'calls', 5, 73],
  ['hooli', 'changes', 5, 73],
  ['hooli', 'changes', 360, 2],
  ['initech-audit', 'organizationEvents', 5, 73],
  ['initech-audit', 'organizationEvents', 120, 4],
])('a reader of %s %s every %i minutes receives every event once, even late ones', async (...parts) => {
  const [name, source, everyMinutes, runs] = parts;
  const { harness, vendor, reports, timeOf } = await follow(name, source, { everyMinutes, minutes: MINUTES });
  expect(reports.map(({ outcome }) => outcome)).toEqual(Array(runs).fill('caught-up'));
  const stored = await harness.stored();
  const end = stored?.windows?.frontiers['']?.live ?? '';
  const due = vendor.published(name, source).filter((record) => timeOf(record) <= end);
  expect(due.length).toBeGreaterThan(900);
  expect(harness.sink.rows).toHaveLength(due.length);
  expect(new Set(harness.delivered()).size).toBe(due.length);
  expect(stored?.ledger).toMatchObject({ accepted: due.length, pending: 0, deadLettered: 0 });
  expect(vendor.complaints).toEqual([]);
});

test('a page as full as the declaration says continues at its newest second', async () => {
  const vendor = await vendorOf();
  vendor.behave([{ do: 'same-token', source: 'changes', times: 2 }]);
  const run = pullFrom(vendor, 'hooli', 'changes', { startedAt });
  await expect(run).rejects.toThrow('cannot return more records of that time');
  const seconds = vendor.requests.map(({ query }) => query['mintime']);
  expect(seconds).toEqual(['0', String(Date.parse('2026-11-20T08:19:59Z') / 1_000)]);
});
