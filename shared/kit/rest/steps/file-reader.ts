import type { PullContext } from '../../../contract/connector';
import { UnavailableError } from '../../../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../../../contract/http';
import type { RestSpec } from '../../../contract/rest';
import type { RestFiles } from '../../../contract/rest-steps';
import { memberNames } from '../../../values/json-path';
import { withCredential } from '../../auth/authorized';
import { recordPages, type FilePosition, type RecordPage } from '../../formats/record-pages';
import { valuesOf } from '../page-reader';
import { compileAnswer } from '../read-answer';
import { baseAddress, composeRequest, valueOf } from '../request';
import { fileTexts } from '../request-texts';
import { GONE } from './export-job';
import type { ListedFile } from './file-list';
import { checkError } from './read-streamed';

/** How stores answer an address whose signature has expired. */
const EXPIRED: readonly number[] = [400, 401, 403];

/** The vendor does not have a file that its list names. */
export class FileGone extends Error {
  constructor(readonly status: number) {
    super(`the vendor answers ${status}`);
  }
}

/** Some records of a file, and the error that its answer reports beside them. */
export interface FilePage extends RecordPage {
  readonly failure: UnavailableError | undefined;
}

/** Reads a file from a place in it. */
export type ReadFile = (
  context: PullContext,
  file: ListedFile,
  from: FilePosition | undefined,
) => AsyncGenerator<FilePage, void, undefined>;

/**
 * Compiles the reading of a file. Only one at the origin of the base address gets the headers, the query and the credential of the
 * declaration.
 * @throws ContractError for a malformed path; the message names the member
 */
export function compileFileReader(spec: RestSpec, files: RestFiles): ReadFile {
  const { success: _, ...quiet } = spec;
  const { format, records = '$' } = files;
  const readAnswer = compileAnswer({
    ...quiet,
    path: 'a file',
    records,
    next: { kind: 'none' },
    stop: { on: 'no-next' },
  });

  return async function* (context, file, from) {
    const { http, request } = requestOf(spec, files, context, file);
    const ask = async (parts: Partial<HttpRequest>): Promise<HttpResponse> =>
      found(await http.request({ ...request, ...parts }), file);
    if (format === undefined) {
      const response = await ask({ holds: readAnswer.holdsRecords(context.time) });
      const { failure, records: all } = readAnswer(response, request.url);
      yield { records: all, position: undefined, isFirst: true, isLast: true, failure };
      return;
    }
    const reading = {
      name: `the file ${file.id}`,
      format,
      needed: memberNames(context.time)?.[0],
      from,
      request: () => ask({ streamed: true }),
    };
    for await (const page of recordPages(reading)) {
      if (page.isFirst && page.isLast && format === 'ndjson')
        checkError(`the file ${file.id}`, page.records, context.time);
      yield { ...page, failure: undefined };
    }
  };
}

/** The request for a file, and what sends it. */
function requestOf(
  spec: RestSpec,
  files: RestFiles,
  context: PullContext,
  { address, id }: ListedFile,
): { readonly http: Http; readonly request: HttpRequest } {
  const settings = valuesOf(context);
  const isElsewhere =
    address !== undefined && new URL(address).origin !== new URL(baseAddress(spec, settings)).origin;
  if (isElsewhere) {
    const request = { url: address, headers: { accept: '*/*' }, accept: [...GONE, ...EXPIRED] };
    return { http: context.http, request };
  }
  const read = (member: string) => (name: string) =>
    name === 'id' ? id : valueOf(settings, name, `files.${member}`);
  const { base } = spec;
  const { format } = files;
  const from = { base, method: 'GET', ...(format === undefined ? {} : { format }) } as const;
  const request = composeRequest(from, fileTexts(spec, files), read, settings);
  const own = address === undefined ? request : { ...request, url: address };
  return { http: withCredential(context, spec.auth), request: { ...own, accept: GONE } };
}

/** @throws FileGone; UnavailableError for an address that no longer works, which the next run looks up again */
function found(response: HttpResponse, { id }: ListedFile): HttpResponse {
  const { status } = response;
  if (GONE.includes(status)) throw new FileGone(status);
  if (!EXPIRED.includes(status)) return response;
  throw new UnavailableError(
    `reading the file ${id}: its host answers ${status}, as for an address that has expired. The next run asks for the list again. If this goes on, ask the vendor who may read its files.`,
  );
}
