import type { Json } from '../../shared/contract/json';
import { parseJson } from '../../shared/values/json/json';
import type { Vendor } from '../../local/vendor/vendor';
import { follow } from './follow-vendor';
import { closeVendors } from './vendor-setup';

afterEach(closeVendors);

type Fields = Readonly<Record<string, string | number>>;
const MINUTE_MS = 60_000;
const idOf = (record: Json): string => String((record as Fields)['_document_id']);
const msOf = (record: Json): number => Number((record as Fields)['@timestamp']);

/** Everything that the vendor returns from a time on, page by page, as a simple client reads it. */
async function askFrom(vendor: Vendor, sinceMs: number): Promise<readonly Json[]> {
  const { organization = '', token = '' } = vendor.settings('initech-audit');
  const phrase = `created:>=${new Date(sinceMs).toISOString().slice(0, 19)}Z`;
  const query = new URLSearchParams({ order: 'asc', per_page: '100', phrase });
  const records: Json[] = [];
  let url: string | undefined =
    `${vendor.url}/initech-audit/orgs/${organization}/audit-log?${query.toString()}`;
  const headers = { authorization: `Bearer ${token}` };
  while (url !== undefined) {
    const answer: Response = await fetch(url, { headers });
    records.push(...(parseJson(await answer.text()) as readonly Json[]));
    url = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return records;
}

/** Other readers: one continues a second after the newest event; the other reads up to ten minutes ago and continues there. */
function others() {
  const bySecond = new Set<string>();
  const byDelay = new Set<string>();
  let [secondMs, delayMs] = [0, 0];
  return {
    bySecond,
    byDelay,
    async poll(vendor: Vendor, nowMs: number): Promise<void> {
      for (const record of await askFrom(vendor, secondMs)) {
        bySecond.add(idOf(record));
        secondMs = Math.max(secondMs, msOf(record) + 1_000);
      }
      const endMs = nowMs - 10 * MINUTE_MS;
      for (const record of await askFrom(vendor, delayMs))
        if (msOf(record) <= endMs) byDelay.add(idOf(record));
      delayMs = endMs;
    },
  };
}

test('with a vendor that publishes up to 45 minutes late and out of order no event is missing or sent twice', async () => {
  const [minutes, everyMinutes] = [13 * 60, 5];
  const peers = others();
  const { harness, vendor, reports } = await follow('initech-audit', 'organizationEvents', {
    ...{ minutes, everyMinutes, maxLateMs: 45 * MINUTE_MS },
    onRun: (_, at, { clock }) => peers.poll(at, clock.now().getTime()),
  });
  const delivered = harness.delivered();
  // Events older than the longest lag before the last read must have arrived; younger ones may still come.
  const lastRunMs = harness.clock.now().getTime() - everyMinutes * MINUTE_MS;
  const dueMs = lastRunMs - (3 * 60 + 45) * MINUTE_MS;
  const due = vendor.published('initech-audit', 'organizationEvents').filter((one) => msOf(one) <= dueMs);
  const missing = (arrived: ReadonlySet<string>): number =>
    due.filter((one) => !arrived.has(idOf(one))).length;
  const ours = new Set(delivered);
  const lost = { bySecond: missing(peers.bySecond), byDelay: missing(peers.byDelay) };
  const fetched = reports.reduce((sum, report) => sum + report.fetched, 0);
  process.stdout.write(
    `late vendor: ${due.length} events in ${reports.length} runs. Windows: ${missing(ours)} missing, ` +
      `${delivered.length - ours.size} sent twice, ${(fetched / ours.size).toFixed(1)} looks at each. ` +
      `"+1 second": ${lost.bySecond} lost. Fixed delay of ten minutes: ${lost.byDelay} lost.\n`,
  );
  expect(reports.filter(({ outcome }) => outcome !== 'caught-up')).toEqual([]);
  expect(due.length).toBeGreaterThan(1_500);
  expect({ missing: missing(ours), twice: delivered.length - ours.size }).toEqual({ missing: 0, twice: 0 });
  expect(lost.bySecond).toBeGreaterThan(0);
  expect(lost.byDelay).toBeGreaterThan(0);
  expect(vendor.complaints).toEqual([]);
});

test('a learned lag finds late events long before the final pass', async () => {
  const minutes = 16 * 60;
  const arrivedAt = new Map<string, number>();
  const { harness, vendor } = await follow('initech-audit', 'organizationEvents', {
    ...{ minutes, everyMinutes: 5, maxLateMs: 45 * MINUTE_MS },
    onRun: (_, __, { clock, sink }) => {
      for (const { EventId } of sink.rows.slice(arrivedAt.size))
        arrivedAt.set(EventId as string, clock.now().getTime());
    },
  });
  const dueMs = harness.clock.now().getTime() - 5 * 3_600_000;
  const bornMs = harness.clock.now().getTime() - (minutes + 5) * MINUTE_MS;
  const ages = vendor
    .published('initech-audit', 'organizationEvents')
    .filter((one) => msOf(one) <= dueMs && msOf(one) > bornMs + 3 * 3_600_000)
    .map((one) => (arrivedAt.get(idOf(one)) ?? Number.POSITIVE_INFINITY) - msOf(one))
    .sort((a, b) => a - b);
  expect(ages.length).toBeGreaterThan(500);
  // All but one in a thousand events appear within twice the vendor's lag; the last read is three hours later.
  expect(ages[Math.floor(ages.length * 0.99)]).toBeLessThan(90 * MINUTE_MS);
  expect(ages[Math.floor(ages.length / 2)]).toBeLessThan(15 * MINUTE_MS);
  expect(ages.at(-1)).toBeLessThan(4 * 3_600_000);
});
