/** All that a connector may import. Types that the compiler infers are not here: the reference describes them. */
export type { SignRequest } from './contract/auth';
export type { Page, Pull, PullContext, RawRecord } from './contract/connector';
export { ContractError, SettingError, UnavailableError } from './contract/errors';
export type { Http, HttpRequest, HttpResponse } from './contract/http';
export type { Json, JsonObject } from './contract/json';
export type { ObjectsSpec } from './contract/objects';
export type { RestSpec } from './contract/rest';
export type {
  Refusal,
  VendorAnswer,
  VendorEvent,
  VendorRequest,
  VendorRules,
  VendorTools,
} from './contract/simulator';
export type { Table } from './contract/table';
export { authorized } from './kit/auth/authorized';
export { bool, datetime, dynamic, int, long, real, string } from './kit/column-makers';
export { defineConnector, secret, text, url } from './kit/define-connector';
export { filePages } from './kit/formats/file-pages';
export { listAt, numberAt, textAt, timeAt, valueAt } from './kit/value-at';
export { graphqlPages } from './kit/rest/paging/graphql-pages';
export { oneAnswer } from './kit/rest/paging/one-answer';
export { objects } from './kit/objects/objects';
export { listed } from './kit/rest/steps/listed';
export { pollingLink } from './kit/rest/polling-link';
export { rest } from './kit/rest/rest';
export {
  basicAuthorization,
  canonicalQuery,
  hashBase64,
  hashHex,
  hmacBase64,
  hmacBytes,
  hmacHex,
  rfc2822,
} from './kit/signatures';
