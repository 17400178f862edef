import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { defineConnector, rest, string, url } from '../../shared';
import type { PullSource } from '../../shared/contract/connector';
import type { RestSpec, RestTime } from '../../shared/contract/rest';
import { fetchHttp } from '../fakes/fetch-http';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';

/* Whatever time format a vendor uses, no event is missing and none is sent twice, even if it publishes late. */

const HOUR_MS = 3_600_000;
const LONGEST_LAG_MS = 3 * HOUR_MS;
const GAP_MS = HOUR_MS / 40;

interface Bounds extends Pick<RestSpec, 'query'> {
  readonly since: RestTime;
  readonly until?: RestTime;
}

const both = (
  format: NonNullable<RestTime['format']>,
  exclusive: Pick<RestTime, 'exclusive'> = {},
): Bounds => ({
  query: { from: '{since}', to: '{until}' },
  since: { format, ...exclusive },
  until: { format, ...exclusive },
});
const start = (format: NonNullable<RestTime['format']>): Bounds => ({
  query: { from: '{since}' },
  since: { format },
});
const interval: Bounds = {
  query: { interval: '{since}/{until}' },
  since: { format: 'iso-s' },
  until: { format: 'iso-s' },
};

const HOURS: readonly (readonly [name: string, Bounds])[] = [
  ['iso, both bounds exclusive', both('iso', { exclusive: true })],
  ['iso-s, both bounds exclusive', both('iso-s', { exclusive: true })],
  ['epoch-us', both('epoch-us')],
  ['epoch-ns', both('epoch-ns')],
  ['epoch-decimal', both('epoch-decimal')],
  ['rfc2822', both('rfc2822')],
  ['microseconds and an offset', both({ pattern: 'yyyy-MM-ddTHH:mm:ss.ffffff+00:00' })],
  ['digits alone', both({ pattern: 'yyyyMMddHHmmss' })],
  ['minutes, of which the last is shown whole', both({ pattern: 'dd/MMM/yyyy HH:mm' })],
  ['hours, as moments', both({ pattern: 'yyyy-MM-ddTHH' }, { exclusive: true })],
  ['one text of both', interval],
  ['seconds ago', start({ ago: 'seconds' })],
  ['a duration', start({ ago: 'iso' })],
];
const DAYS: readonly (readonly [name: string, Bounds])[] = [
  ['days', both('date')],
  ['days, of which the last is not shown', both('date', { exclusive: true })],
  ['days, without an end', start('date')],
  ['days ago', start({ ago: 'days' })],
];

const folder = mkdtempSync(join(tmpdir(), 'tributary-times-'));
mkdirSync(join(folder, 'fixtures', 'events'), { recursive: true });
writeFileSync(
  join(folder, 'fixtures', 'events', 'page-1.json'),
  JSON.stringify({ items: [{ id: 'e-00001', at: '2026-11-20T08:00:00.000Z', who: 'a' }], next: 'b' }),
);
const vendors: Vendor[] = [];
afterEach(() => Promise.all(vendors.splice(0).map((vendor) => vendor.close())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL = { missing: 0, twice: 0, complaints: [] };

test.each(HOURS)('%s', async (_, bounds) => {
  expect(await follow(bounds, { order: 'oldest-first', hours: 9, everyHours: 0.5 })).toEqual(ALL);
});
test.each(DAYS)('%s, oldest first', async (_, bounds) => {
  expect(await follow(bounds, { order: 'oldest-first', hours: 60, everyHours: 3 })).toEqual(ALL);
});
test.each(DAYS)('%s, newest first', async (_, bounds) => {
  expect(await follow(bounds, { order: 'newest-first', hours: 60, everyHours: 6 })).toEqual(ALL);
});

/** The result of following a vendor. */
interface Found {
  readonly missing: number;
  readonly twice: number;
  readonly complaints: readonly string[];
}

interface How {
  readonly order: 'oldest-first' | 'newest-first';
  readonly hours: number;
  readonly everyHours: number;
}

/** Follows a vendor that publishes up to 45 minutes late, until it has stopped and the longest lag is over. */
async function follow({ query = {}, ...bounds }: Bounds, { order, hours, everyHours }: How): Promise<Found> {
  const connector = defineConnector({
    name: 'acme',
    title: 'Acme',
    settings: { url: url('The address.') },
    sources: {
      events: {
        pull: rest({
          base: 'url',
          path: '/events',
          query: { limit: 1000, ...query },
          records: 'items',
          next: { kind: 'cursor', from: 'next', send: { in: 'query', name: 'page' } },
          stop: { on: 'no-next' },
          resume: 'time',
          ...bounds,
          window: { lag: { minMs: 120_000, maxMs: LONGEST_LAG_MS }, maxMs: 48 * HOUR_MS, order },
        }),
        table: { name: 'AcmeEvents_CL', time: 'at', eventId: 'id', columns: { Who: string('who') } },
      },
    },
  });
  const harness = pullHarness();
  const vendor = await startVendor({
    connectors: [{ connector, folder }],
    live: true,
    now: () => harness.clock.now(),
    events: { livesMs: hours * HOUR_MS, gapMs: GAP_MS, lateUpToMs: 45 * 60_000 },
  });
  vendors.push(vendor);
  const source = connector.sources.events as PullSource;
  for (let at = 0; at <= hours + 3 * (LONGEST_LAG_MS / HOUR_MS); at += everyHours) {
    expect(await runOnce(source, vendor, harness)).toMatchObject({ outcome: 'caught-up', deadLettered: 0 });
    harness.clock.advance(everyHours * HOUR_MS);
  }
  const published = vendor.published('acme', 'events').length;
  expect(published).toBeGreaterThan(hours * 36);
  const delivered = harness.delivered();
  const different = new Set(delivered).size;
  return {
    missing: published - different,
    twice: delivered.length - different,
    complaints: vendor.complaints,
  };
}

function runOnce(source: PullSource, vendor: Vendor, harness: PullHarness): ReturnType<PullHarness['run']> {
  const settings = vendor.settings('acme');
  return harness.run(source, { settings, connect: async () => ({ http: fetchHttp(), sink: harness.sink }) });
}
