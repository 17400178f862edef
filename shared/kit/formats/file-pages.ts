import type { Page, PullContext } from '../../contract/connector';
import type { AnswerFormat } from '../../contract/format';
import type { HttpRequest } from '../../contract/http';
import type { JsonObject } from '../../contract/json';
import { isObject } from '../../values/json-path';
import { readFilePosition, recordPages, writeFilePosition, type FilePosition } from './record-pages';

/** A file of records, and how it is requested. */
export interface RecordFile extends Pick<HttpRequest, 'url' | 'query' | 'headers'> {
  /** The format of its records. A file that is gzip is decompressed. */
  readonly format: AnswerFormat;
  /**
   * What names the file in a checkpoint, because a signed address is another one each time.
   * @default the path of the address
   */
  readonly name?: string;
  /** Members of every checkpoint beside `file`, such as the place in a list of files. */
  readonly position?: JsonObject;
  /** True if the read of the window ends with the file: its last page, even an empty one, is then `last`. */
  readonly endsWindow?: boolean;
}

/**
 * Reads a file of any size, page by page: it is never held whole. The checkpoint of a page is `{ ...position, file }`, from which
 * the next run continues within the file: it requests the file again, and leaves out what was delivered. A file that the vendor
 * has replaced, as its `ETag` or its records show, is read from its beginning: its records are sent again rather than lost.
 *
 * @example for await (const page of filePages(context, { url, format: 'ndjson' })) yield page;
 * @throws UnavailableError when the file breaks off; the pages before are yielded
 * @throws ContractError when it is in another format
 * @throws SettingError for a damaged state, when this function did not write the checkpoint
 */
export async function* filePages(
  { checkpoint, http }: Pick<PullContext, 'checkpoint' | 'http'>,
  file: RecordFile,
): AsyncGenerator<Page, void, undefined> {
  const { format, headers = {}, name = pathOf(file.url), position = {}, query = {}, url } = file;
  const request = { url, query, headers: { accept: '*/*', ...headers }, streamed: true } as const;
  const pages = recordPages({
    name: `the file ${name}`,
    format,
    from: savedPosition(checkpoint, name),
    request: () => http.request(request),
  });
  for await (const { isLast, position: at, records } of pages) {
    const place = at === undefined ? {} : { file: { name, ...writeFilePosition(at) } };
    const page: Page = { records, checkpoint: { ...position, ...place } };
    if (isLast && file.endsWindow === true) yield { ...page, last: true };
    else if (records.length > 0) yield page;
  }
}

/** The signature in a query changes with each request. */
function pathOf(url: string): string {
  const { pathname } = new URL(url);
  return pathname;
}

/** Where an earlier read of this file ended. */
function savedPosition(checkpoint: JsonObject | null, name: string): FilePosition | undefined {
  const saved = checkpoint?.['file'];
  if (saved === undefined) return undefined;
  const position = readFilePosition(saved);
  return isObject(saved) && saved['name'] === name ? position : undefined;
}
