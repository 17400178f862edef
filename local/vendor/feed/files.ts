import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { RestFiles } from '../../../shared/contract/rest-steps';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';
import { fileTexts, filesListSpec } from '../../../shared/kit/rest/request-texts';
import { OF_DECLARATIONS } from '../requests/answers';
import { checkRequest } from '../requests/checks';
import type { Answering } from '../requests/received';
import { hasAnyValue } from './can-meet';
import type { Feed, Published } from './feed';
import { pageWriter } from './page';
import { pathValues } from './paths';
import { namesOfPath, withValueAt } from './write-at-path';

/** A live vendor writes a file of what it published in this time. */
const FILE_MS = 5 * 60_000;

/** The files of a simulated vendor. */
export interface FilesEndpoint {
  /** The list as a declaration of its own, whose records are those of `feed`. */
  readonly list: RestSpec;
  readonly feed: Feed;
  hasPath(path: string): boolean;
  /** A file. */
  ask(request: VendorRequest): Answering | Refusal;
}

/** The parts of the source that its files share. */
export interface FilesParts {
  readonly connector: string;
  readonly spec: RestSpec;
  readonly settings: VendorRequest['settings'];
  /** Absent while fixtures are replayed: each of them is a file. */
  readonly now: (() => Date) | undefined;
}

interface WrittenFile {
  readonly id: string;
  readonly timeMs: number;
  readonly rows: readonly Published[];
}

/** Derives the list and the files from a declaration. @param rows what the source publishes @param envelope a file of the fixtures */
export function simulateFiles(
  { connector, now, settings, spec }: FilesParts,
  files: RestFiles,
  rows: Feed,
  envelope: Json,
): FilesEndpoint {
  const { format, path = '/simulated-files/{id}', records = '$' } = files;
  const { body: _, files: __, method: ___, ...quiet } = spec;
  const texts = fileTexts(spec, { ...files, path });
  const fileSpec: RestSpec = {
    ...quiet,
    ...{ path, headers: texts.headers, query: texts.query as NonNullable<RestSpec['query']> },
    ...{ records, next: { kind: 'none' }, stop: { on: 'no-next' }, resume: 'time' },
    ...(format === undefined ? {} : { format }),
  };
  const { since: ____, success: _____, until: ______, window: _______, ...asked } = fileSpec;
  const write = pageWriter(asked, envelope);
  const [idPlace, timePlace] = [namesOfPath(files.id), namesOfPath(files.time)];
  const place = files.address === undefined ? undefined : namesOfPath(files.address);
  const itemOf = ({ id, timeMs }: WrittenFile): Json => {
    const dated = withValueAt(withValueAt({}, timePlace, new Date(timeMs).toISOString()), idPlace, id);
    return place === undefined
      ? dated
      : withValueAt(dated, place, `/${connector}${path.replace('{id}', encodeURIComponent(id))}`);
  };
  const written = (): readonly WrittenFile[] => filesOf(rows(), now?.().getTime());
  return {
    list: filesListSpec(spec),
    feed: () =>
      written().map((file, page) => ({
        record: itemOf(file),
        atMs: file.timeMs,
        timeMs: file.timeMs,
        page,
      })),
    hasPath: (each) => pathValues(asked, { path: each, settings }) !== undefined,
    ask(request) {
      const said = checkRequest(asked, request);
      if ('status' in said) return said;
      const id = said.values.get('id')?.text;
      const file = written().find((one) => one.id === id);
      if (file === undefined) return { status: 404, because: `there is no file ${id ?? ''}` };
      const content = file.rows.map(({ record }) => record);
      return {
        canMeet(kind) {
          if (kind === 'more-records') return hasAnyValue(format);
          if (kind === 'truncated') return format === undefined;
          return !OF_DECLARATIONS.has(kind) && kind !== 'foreign-link';
        },
        write(seenAt, fault) {
          const raw = fault?.do === 'more-records' ? fault.records : [];
          const page = {
            records: content,
            raw,
            token: '',
            more: false,
            total: content.length,
            bounded: true,
          };
          return write(page, seenAt);
        },
      };
    },
  };
}

/** The files of a feed, the oldest first. */
function filesOf(rows: readonly Published[], nowMs: number | undefined): readonly WrittenFile[] {
  const byEnd = new Map<number, Published[]>();
  for (const row of rows) {
    const key = nowMs === undefined ? row.page : Math.ceil((row.atMs + 1) / FILE_MS) * FILE_MS;
    if (nowMs !== undefined && key > nowMs) continue;
    const all = byEnd.get(key) ?? [];
    byEnd.set(key, all);
    all.push(row);
  }
  return [...byEnd].map(([key, all]) => {
    const timeMs = nowMs === undefined ? Math.max(...all.map((row) => row.timeMs)) : key;
    return { id: `file-${key}`, timeMs, rows: all };
  });
}
