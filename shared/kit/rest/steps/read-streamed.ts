import type { Page, PullContext } from '../../../contract/connector';
import { UnavailableError } from '../../../contract/errors';
import type { HttpResponse } from '../../../contract/http';
import type { Json } from '../../../contract/json';
import { memberNames } from '../../../values/json-path';
import { stringifyJson } from '../../../values/json/json';
import { recordPages } from '../../formats/record-pages';
import { askStreamed, pageOf, stayingPage, type AnswerTimes, type RestReader } from '../page-reader';
import { errorInPlace } from '../read-answer';
import { followRead } from '../read-order';
import { writeEnd, writePlace, type ReadPosition } from '../read-position';
import { readEnd, takeRecords } from '../take-records';

/**
 * Reads a range of one answer as it arrives. The position of a page is its place in the answer; the next run requests the range
 * again and continues there. If another record is there, the range is read from its beginning.
 * @throws ContractError when the answer is in another format, or when its times fall although it is declared oldest first
 * @throws UnavailableError when the answer breaks off, or is an error in place of lines. The whole pages before are delivered.
 */
export async function* readStreamed(
  { spec }: RestReader,
  context: PullContext,
  begin: ReadPosition & { readonly rereads: boolean },
): AsyncGenerator<Page> {
  const follow = followRead(spec, begin);
  let times: AnswerTimes = { now: context.startedAt, vendorNow: undefined };
  const request = async (): Promise<HttpResponse> => {
    const { response, ...asked } = await askStreamed(spec, context, begin);
    times = asked;
    return response;
  };
  const { format = 'ndjson', path } = spec;
  const needed = memberNames(context.time)?.[0];
  const pages = recordPages({ name: `the answer of ${path}`, format, needed, from: begin.file, request });
  let { checkpoint } = context;
  for await (const { isFirst, isLast, position, records } of pages) {
    if (isFirst && isLast && format === 'ndjson') checkError(path, records, context.time);
    const { now, vendorNow } = times;
    const taken = await takeRecords(records, readEnd(spec, context, begin, now));
    const rereads = isFirst && (begin.rereads || begin.file !== undefined);
    const { problem } = follow(taken.times);
    if (problem !== undefined) {
      yield* stayingPage(taken.records, { rereads, vendorNow });
      throw problem;
    }
    const before = checkpoint;
    const isEnd = isLast || position === undefined;
    checkpoint = isEnd ? writeEnd(begin.until) : writePlace(begin, position);
    const last = isEnd && begin.until !== undefined;
    yield* pageOf(taken.records, checkpoint, before, { rereads, last, vendorNow });
  }
}

/** @throws UnavailableError for an answer that is an error in place of lines */
export function checkError(path: string, records: readonly Json[], time: string): void {
  const error = errorInPlace(records, time);
  if (error === undefined) return;
  throw new UnavailableError(
    `reading the answer of ${path}: it is an error in place of records: ${stringifyJson(error).slice(0, 200)}. The next run requests it again.`,
  );
}
