import { playTime } from '../../local/vendor/play-time';
import { isSimulated, unsimulatedReason } from '../../local/vendor/simulated';
import type { RebuiltConnector } from './rebuild-connector';
import { playPosts } from './play-posts';
import { simulateVendor } from './simulated-vendor';
import type { Json } from '../../shared/contract/json';
import { type LogLines, type RecordPreview, previewSource, realClock, variableOf } from '../../shared/admin';

/** A row of the golden rows. */
export type GoldenRow = Readonly<Record<string, Json>>;

/** The result of playing a source's fixtures. */
export interface Played {
  readonly source: string;
  /** The pages or posts that its records came in. */
  readonly came: 'page' | 'post';
  readonly pages: number;
  readonly records: readonly RecordPreview[];
  readonly rows: readonly GoldenRow[];
  /** The simulated vendor's complaints about requests, a sentence each. */
  readonly complaints: readonly string[];
}

const QUIET: LogLines = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Runs one source on its folder's fixtures, with the simulated vendor and the real formatter, at a moment that
 * only the fixtures decide: the same fixtures give the same rows.
 * @throws Error when the folder cannot be played; the four named errors as the source's reading throws them
 */
export async function playFixtures(rebuilt: RebuiltConnector, source: string): Promise<Played> {
  const { connector, rules, argv } = rebuilt;
  const { [source]: declared } = connector.sources;
  const who = `${connector.name}/${source}`;
  if (declared === undefined || declared.receive !== undefined) return playReceived(rebuilt, source);
  if (!isSimulated(declared, rules)) throw new Error(unsimulatedReason(connector.name, source));
  const { env, vendor } = await simulateVendor(rebuilt, false);
  try {
    const fixtures = vendor.feed(connector.name, source);
    if (fixtures.length === 0) {
      throw new Error(
        `${who} has no fixtures. Put ${declared.pull.rest === undefined ? 'an array of records, as the code yields them,' : 'answers of the vendor'} into fixtures/${source}/page-1.json, or run "npx tributary replay ${argv} --source ${source} --record".`,
      );
    }
    const { now, startFrom } = playTime(who, fixtures, declared.table.time);
    const start = {
      [variableOf(connector.name, 'start')]: startFrom.toISOString(),
    };
    let atMs = now.getTime();
    const sleep = (ms: number): Promise<void> => Promise.resolve(void (atMs += ms));
    // The fixtures' clock is virtual; this limit is in real time, for code that never ends.
    const { alarm } = realClock;
    const clock = { now: () => new Date(atMs), sleep, alarm, random: () => 0 };
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

/** Posts each fixture to the source, as its vendor does. */
async function playReceived(rebuilt: RebuiltConnector, source: string): Promise<Played> {
  const posts = await playPosts(rebuilt, source);
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
