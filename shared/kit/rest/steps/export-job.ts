import type { SettingValues } from '../../../contract/connector';
import { ContractError } from '../../../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../../../contract/http';
import type { Json } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import type { RestExport, RestExportRequest } from '../../../contract/rest-steps';
import { compileAnswerPath, compileAnswerQuery, listPath } from '../../../values/json-path';
import { named } from '../checks/declaration-error';
import type { ReadPosition } from '../read-position';
import { buildRequest, composeRequest, valueOf } from '../request';
import { exportTexts } from '../request-texts';
import { idText } from './id-text';

/** What the vendor says of an export. */
export type ExportState =
  | { readonly is: 'running' }
  | { readonly is: 'ready'; readonly chunks: readonly string[] }
  /** The vendor gave it up, or no longer has it. */
  | { readonly is: 'lost' };

/** The requests of an export, without a credential. */
export interface ExportJob {
  /** The request that orders an export, and the id in its answer. */
  order(settings: SettingValues, at: ReadPosition, now: Date): HttpRequest;
  jobOf(response: HttpResponse): string;
  /** Asks for the status. */
  state(http: Http, settings: SettingValues, job: string): Promise<ExportState>;
  /** The request for a chunk. An answer with one of its `accept` says that the vendor no longer has it. */
  chunk(settings: SettingValues, job: string, chunk: string): HttpRequest & { readonly url: string };
}

/** How an answer says that the vendor no longer has an export. */
export const GONE: readonly number[] = [404, 410];

/** Compiles the requests of an export. @throws ContractError for a malformed path; the message names the member */
export function compileExport(spec: RestSpec, declared: RestExport): ExportJob {
  const { chunk: chunkRequest, running, status } = declared;
  const jobAt = named('export.job', () => compileAnswerPath(declared.job));
  const runningAt =
    running === undefined ? undefined : named('export.running.job', () => compileAnswerPath(running.job));
  const { format: _, ...asJson } = spec;
  const requestFor = (
    from: RestSpec,
    parts: RestExportRequest,
    settings: SettingValues,
    own: Readonly<Record<string, string>>,
  ): ReturnType<ExportJob['chunk']> => {
    const read = (member: string) => (name: string) =>
      own[name] ?? valueOf(settings, name, `export.${member}`);
    const texts = exportTexts(spec, parts);
    return { ...composeRequest({ ...from, method: 'GET' }, texts, read, settings), accept: GONE };
  };
  const stateIn = compileState(spec, declared);
  return {
    order: (settings, at, now) => ({
      ...buildRequest(asJson, settings, { since: at.since, until: at.until }, now),
      ...(running === undefined ? {} : { accept: [running.status] }),
    }),
    jobOf(response) {
      const isRunning = running !== undefined && response.status === running.status;
      const job = idText((isRunning ? runningAt : jobAt)?.(response.json()));
      if (job !== undefined) return job;
      throw broken(spec.path, `there is no id at ${isRunning ? running.job : declared.job}`, 'export.job');
    },
    async state(http, settings, job) {
      const response = await http.request(requestFor(asJson, status, settings, { job }));
      if (GONE.includes(response.status)) return { is: 'lost' };
      return stateIn(response.json());
    },
    chunk: (settings, job, chunk) => requestFor(spec, chunkRequest, settings, { job, chunk }),
  };
}

/** Reads the answer to the request for the status. */
function compileState(spec: RestSpec, { status }: RestExport): (body: Json) => ExportState {
  const { failed, missing = [], path, ready } = status;
  const statusAt = named('export.status.from', () => compileAnswerPath(status.from));
  const chunksAt = named('export.status.chunks', () => compileAnswerQuery(listPath(status.chunks)));
  const missingAt = missing.map((each) =>
    named('export.status.missing', () => compileAnswerQuery(listPath(each))),
  );
  return (body) => {
    const said = statusAt(body);
    if (said === undefined || said === null || typeof said === 'object')
      throw broken(path, `there is no status at ${status.from}`, 'export.status');
    const isOne = (values: readonly (string | number | boolean)[]): boolean =>
      values.some((one) => String(one) === String(said));
    if (isOne(failed)) return { is: 'lost' };
    if (!isOne(ready)) return { is: 'running' };
    const lacking = missingAt.flatMap((at) => at(body).flat()).filter((each) => each !== null);
    if (lacking.length > 0) return { is: 'lost' };
    const lists = chunksAt(body);
    if (lists.length === 0 || !lists.every((list) => Array.isArray(list) || list === null))
      throw broken(path, `there is no array at ${listPath(status.chunks)}`, 'export.status.chunks');
    const chunks = lists.flatMap((list) => (list ?? []) as readonly Json[]).map(idText);
    if (chunks.every((chunk) => chunk !== undefined))
      return { is: 'ready', chunks: [...new Set(chunks)].sort(byNumber) };
    throw broken(path, `a chunk at ${status.chunks} is neither text nor a number`, 'export.status.chunks');
  };
}

/** The same order at each request, whatever the vendor's: numbers, then texts of a length. */
function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}

function broken(path: string, because: string, member: string): ContractError {
  return new ContractError(
    `reading the answer of ${path}: ${because}. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
