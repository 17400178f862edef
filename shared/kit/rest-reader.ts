import type { PullContext } from '../contract/connector';
import type { HttpRequest } from '../contract/http';
import type { JsonObject } from '../contract/json';
import type { RestSpec } from '../contract/rest';
import { canonicalJson } from './json';
import { compileAnswer, type RestAnswer } from './rest-answer';
import type { ReadPosition } from './rest-position';
import { buildRequest } from './rest-request';
import { compileTake, endByVendor, type TakenRecords } from './rest-time';
import type { Json } from '../contract/json';

/** A declaration, prepared: how its pages are asked for and read. */
export interface RestReader {
  readonly spec: RestSpec;
  /** Asks for one page; says where the read ends, which is earlier when our clock is ahead of the vendor's. */
  ask(
    context: PullContext,
    at: ReadPosition,
  ): Promise<{
    readonly request: HttpRequest;
    readonly answer: RestAnswer;
    readonly until: string | undefined;
  }>;
  /** The records of a page that belong to the read. */
  take(records: readonly Json[], until: string | undefined): TakenRecords;
}

/** @throws ContractError for a malformed JSONPath; the message names the member */
export function compileReader(spec: RestSpec): RestReader {
  const readAnswer = compileAnswer(spec);
  return {
    spec,
    take: compileTake(spec),
    async ask({ http, settings, startedAt, now = () => startedAt }, at) {
      const request = buildRequest(spec, { settings, now: now() }, at);
      const response = await http.request(request);
      const until = endByVendor(spec, at, response.headers['date']);
      return { request, answer: readAnswer(response, request.url), until };
    },
  };
}

/** True when two positions say the same. */
export function isSame(a: JsonObject, b: JsonObject | null): boolean {
  return b !== null && canonicalJson(a) === canonicalJson(b);
}
