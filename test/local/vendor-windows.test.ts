import type { PullWindow } from '../../shared/contract/windows';
import { pullFrom, closeVendors, recordsOf, vendorOf } from './vendor-setup';

afterEach(closeVendors);

const now = new Date('2026-11-21T12:00:00Z');
const window = (from: string, to: string): PullWindow => ({
  lane: 'backfill',
  from: `2026-11-21T${from}.000Z`,
  to: `2026-11-21T${to}.000Z`,
});

test('a vendor that is read by cursor returns a range of its past, sorted, and stops at its end', async () => {
  const vendor = await vendorOf({ live: true, now: () => now, pageSize: 10 });
  const range = window('08:00:00', '10:00:00');
  const pages = await pullFrom(vendor, 'acme', 'systemLog', { window: range, startedAt: now });
  const times = recordsOf(pages).map(({ published }) => published as string);
  const due = vendor
    .published('acme', 'systemLog')
    .map((record) => (record as { published: string }).published)
    .filter((published) => published >= range.from && published <= range.to);
  expect(due.length).toBeGreaterThan(30);
  expect(times).toEqual(due.sort());
  expect(pages.map(({ last }) => last).filter((last) => last === true)).toHaveLength(1);
  expect(pages.at(-1)?.last).toBe(true);
  expect(vendor.complaints).toEqual([]);
});

test('a range continues between two of its pages', async () => {
  const vendor = await vendorOf({ live: true, now: () => now, pageSize: 10 });
  const parts = { window: window('08:00:00', '10:00:00'), startedAt: now };
  const pages = await pullFrom(vendor, 'acme', 'systemLog', parts);
  const rest = await pullFrom(vendor, 'acme', 'systemLog', {
    ...parts,
    checkpoint: pages[1]?.checkpoint ?? null,
  });
  expect(recordsOf(rest)).toEqual(recordsOf(pages.slice(2)));
  expect(vendor.complaints).toEqual([]);
});

test('a range that reaches closer to now than the shortest lag is refused', async () => {
  const vendor = await vendorOf({ live: true, now: () => now });
  const range = window('11:00:00', '11:59:30');
  await expect(pullFrom(vendor, 'acme', 'systemLog', { window: range, startedAt: now })).rejects.toThrow(
    '400',
  );
  expect(vendor.complaints[0]).toContain('until is later than the declared lag allows');
});
