import { previewSource, variableOf, type Json, type LogLines, type RecordPreview } from '../shared/app';
import { newestMs } from '../local/vendor/recording';
import type { FreshFolder } from './fresh-folder';
import { playPosts } from './play-posts';
import { simulateVendor } from './simulated-vendor';

/** A row as it stands in the golden rows. */
export type GoldenRow = Readonly<Record<string, Json>>;

/** What a source's fixtures became. */
export interface Played {
  readonly source: string;
  /** What its records came in: pages that were asked for, or posts. */
  readonly came: 'page' | 'post';
  readonly pages: number;
  readonly records: readonly RecordPreview[];
  readonly rows: readonly GoldenRow[];
  /** What the simulated vendor found wrong with the requests, a sentence each. */
  readonly complaints: readonly string[];
}

/** How long after the newest event of the fixtures a replay takes place: within the two days in which no row is late. */
const AFTER_MS = 3_600_000;
const QUIET: LogLines = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Runs one source on its folder's fixtures, with the simulated vendor and the real formatter, at a moment that
 * only the fixtures decide: the same fixtures give the same rows.
 * @throws Error when the folder cannot be played; the four named errors as the source's reading throws them
 */
export async function playFixtures(fresh: FreshFolder, source: string): Promise<Played> {
  if (fresh.connector.sources[source]?.receive !== undefined) return playReceived(fresh, source);
  const { connector, words } = fresh;
  const { env, vendor } = await simulateVendor(fresh, false);
  try {
    const published = vendor.published(connector.name, source);
    if (published.length === 0) {
      throw new Error(
        connector.sources[source]?.pull?.rest === undefined
          ? `${connector.name}/${source} is not declared with rest(): nothing says how its vendor would answer.`
          : `${connector.name}/${source} has no fixtures. Put answers of the vendor into fixtures/${source}/page-1.json, or run "npx tributary replay ${words} --source ${source} --record".`,
      );
    }
    const now = new Date(newestMs(published, connector.sources[source]?.table.time ?? '') + AFTER_MS);
    const start = { [variableOf(connector.name, 'start')]: '2000-01-01T00:00:00Z' };
    const clock = { now: () => now, sleep: () => Promise.resolve(), random: () => 0 };
    const id = { connector: connector.name, instance: 'default', source };
    const records: RecordPreview[] = [];
    let pages = 0;
    for await (const page of previewSource(connector, id, {
      env: { ...env, ...start },
      lines: QUIET,
      clock,
    })) {
      pages++;
      records.push(...page.records);
    }
    const rows = records.flatMap(({ row }) => (row === undefined ? [] : [row]));
    return { source, came: 'page', pages, records, rows, complaints: [...vendor.complaints] };
  } finally {
    await vendor.close();
  }
}

/** Posts each fixture to the source, as its vendor would. */
async function playReceived(fresh: FreshFolder, source: string): Promise<Played> {
  const posts = await playPosts(fresh, source);
  const records = posts.flatMap((post) => post.records);
  return {
    source,
    came: 'post',
    pages: posts.length,
    records,
    rows: records.flatMap(({ row }) => (row === undefined ? [] : [row])),
    complaints: posts
      .filter(({ answer }) => answer.status !== 200)
      .map(({ answer, name }) => `${name} is answered ${answer.status}`),
  };
}
