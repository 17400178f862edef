import { createHash } from 'node:crypto';
import type { Page, PullContext } from '../../../contract/connector';
import { UnavailableError } from '../../../contract/errors';
import type { Http } from '../../../contract/http';
import type { RestSpec } from '../../../contract/rest';
import type { RestExport } from '../../../contract/rest-steps';
import { canonicalJson } from '../../../values/json/json';
import { withCredential } from '../../auth/authorized';
import { decoding, pageOf, stayingPage, timesOf, valuesOf, vendorNowOf } from '../page-reader';
import { readExportPlace, writeExportPlace, type ExportPlace } from '../paging/exported';
import { compileAnswer } from '../read-answer';
import { writeEnd, writePosition, type ReadPosition } from '../read-position';
import { readEnd, takeRecords } from '../take-records';
import { compileExport, GONE, type ExportState } from './export-job';

/** How many exports a run orders for one range. */
const MOST_ORDERS = 3;
const DEFAULT_EVERY_MS = 5_000;
/** How long a run waits for an export, and how long it is then left alone. */
const HOLD_MS = 60_000;
const DEFAULT_KEPT_MS = 86_400_000;

type Begin = ReadPosition & { readonly rereads: boolean };

/** Reads a range from its beginning, or from its position. */
export type ReadRange = (context: PullContext, begin: Begin) => AsyncGenerator<Page>;

/**
 * Reads a range by an export: orders it, waits until it is ready, and yields a page for each chunk. The first page has no
 * records and saves the id; only the page of the last chunk ends the range. If the vendor gave the export up or no longer has it,
 * another one is ordered, and the framework recognises what was delivered.
 * @throws UnavailableError with `resumeAt` while the vendor prepares the export; without it when the vendor gave up several
 * exports, or when a chunk reports an error, whose records are delivered first
 * @throws ContractError when an answer has no id, no status or no list of chunks
 */
export function compileExportReader(spec: RestSpec, declared: RestExport): ReadRange {
  const job = compileExport(spec, declared);
  const readAnswer = compileAnswer({ ...spec, path: declared.chunk.path });

  /** Delivers the chunks that are left. @returns false once the vendor no longer has one */
  async function* deliver(
    { chunks, context, http, place: { job: id, orderedMs, read } }: Ready,
    { since, until }: Begin,
  ): AsyncGenerator<Page, boolean> {
    let { checkpoint } = context;
    const now = nowOf(context);
    if (read === chunks.length) {
      yield* pageOf([], writeEnd(until), checkpoint, { rereads: false, last: true, vendorNow: undefined });
      return true;
    }
    for (let at = read; at < chunks.length; at++) {
      const request = job.chunk(valuesOf(context), id, chunks[at] ?? '');
      const holds = readAnswer.holdsRecords(context.time);
      const response = await http.request({ ...request, holds, ...decoding(spec, context.time) });
      if (GONE.includes(response.status)) return false;
      const answer = readAnswer(response, request.url);
      const { records } = await takeRecords(answer.records, readEnd(spec, context, { since, until }, now()));
      const vendorNow = vendorNowOf(response, now());
      if (answer.failure !== undefined) {
        yield* stayingPage(records, { rereads: false, vendorNow });
        throw answer.failure;
      }
      const last = at === chunks.length - 1;
      const next = { job: id, orderedMs, read: at + 1, mark: markOf(chunks.slice(0, at + 1)) };
      const before = checkpoint;
      checkpoint = last
        ? writeEnd(until)
        : writePosition(spec, { since, until, token: writeExportPlace(next) });
      yield* pageOf(records, checkpoint, before, { rereads: false, last, vendorNow });
    }
    return true;
  }

  return async function* (context, begin) {
    const { since, until } = begin;
    const http = withCredential(context, spec.auth);
    const now = nowOf(context);
    const settings = valuesOf(context);
    let place = begin.token === undefined ? undefined : readExportPlace(begin.token);
    let readAgainFrom: string | undefined;
    for (let orders = 0; ;) {
      if (place === undefined) {
        if (++orders > MOST_ORDERS) throw givenUp(spec);
        const askedAt = now();
        const response = await http.request(job.order(settings, begin, askedAt));
        place = { job: job.jobOf(response), orderedMs: now().getTime(), read: 0, mark: markOf([]) };
        const checkpoint = writePosition(spec, { since, until, token: writeExportPlace(place) });
        const { vendorNow } = timesOf(spec, response, askedAt, now());
        yield* pageOf([], checkpoint, null, { rereads: true, last: false, vendorNow, readAgainFrom });
      }
      const { job: id }: ExportPlace = place;
      const state = await settled(spec, declared, context, place, () => job.state(http, settings, id));
      if (goesOn(state, place)) {
        const ready = { chunks: state.chunks, context, http, place };
        if (yield* deliver(ready, begin)) return;
      }
      place = undefined;
      readAgainFrom = since;
    }
  };
}

/** An export that can be downloaded. */
interface Ready {
  readonly chunks: readonly string[];
  readonly context: PullContext;
  readonly http: Http;
  readonly place: ExportPlace;
}

/** True if an export is ready, and its chunks begin with those that were delivered. */
function goesOn(
  state: ExportState,
  { mark, read }: ExportPlace,
): state is ExportState & { readonly is: 'ready' } {
  return state.is === 'ready' && markOf(state.chunks.slice(0, read)) === mark;
}

/**
 * Asks for the status of an export until it is no longer being prepared.
 * @throws UnavailableError with `resumeAt` after a minute, so that the run makes place for others
 */
async function settled(
  { path }: RestSpec,
  { keptMs = DEFAULT_KEPT_MS, status: { everyMs = DEFAULT_EVERY_MS } }: RestExport,
  context: PullContext,
  { orderedMs }: ExportPlace,
  ask: () => Promise<ExportState>,
): Promise<ExportState> {
  const now = nowOf(context);
  for (let waitedMs = 0; ; waitedMs += everyMs) {
    const state = await ask();
    if (state.is !== 'running') return state;
    if (now().getTime() - orderedMs > keptMs) return { is: 'lost' };
    if (waitedMs >= HOLD_MS) {
      throw new UnavailableError(
        `waiting for the export of ${path}: the vendor still prepares it. The next run asks for the same export again.`,
        { resumeAt: new Date(now().getTime() + HOLD_MS) },
      );
    }
    await context.sleep(everyMs);
  }
}

function nowOf({ now, startedAt }: PullContext): () => Date {
  return now ?? (() => startedAt);
}

function markOf(chunks: readonly string[]): string {
  return createHash('sha256').update(canonicalJson(chunks)).digest('hex').slice(0, 16);
}

function givenUp({ path }: RestSpec): UnavailableError {
  return new UnavailableError(
    `exporting ${path}: the vendor gave up ${MOST_ORDERS} exports of one range, or no longer had them. The range stays open, and the next run requests another. If this goes on, compare \`export.status\` with the vendor’s documentation, or declare shorter ranges by \`window.maxMs\`.`,
  );
}
