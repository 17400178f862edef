/** All that a connector may import. */
export type { RateBudget, RateLimit } from './contract/budget';
export type {
  AnswerLimits,
  Connector,
  Page,
  PollOptions,
  Pull,
  PullContext,
  PullSource,
  RawRecord,
  ReceiveSource,
  RecordSource,
  Retention,
  Setting,
  SettingValues,
  Settings,
  Source,
} from './contract/connector';
export {
  ContractError,
  RejectedError,
  SettingError,
  UnavailableError,
  isNamedError,
} from './contract/errors';
export type { Http, HttpRequest, HttpResponse, ToldError } from './contract/http';
export type { Json, JsonObject } from './contract/json';
export {
  HEADERS_MEMBER,
  RECEIVED_AT,
  type BasicVerification,
  type Challenge,
  type FunctionKeyVerification,
  type HmacVerification,
  type PostParameter,
  type Receive,
  type TokenVerification,
  type Verification,
} from './contract/receive';
export type {
  RestAuth,
  RestNext,
  RestParameter,
  RestSpec,
  RestStop,
  RestTime,
  RestTimeFormat,
  SignRequest,
  UnsignedRequest,
} from './contract/rest';
export type {
  PublishedEvents,
  Refusal,
  VendorAnswer,
  VendorEvent,
  VendorPage,
  VendorQuota,
  VendorRequest,
  VendorRules,
  VendorTools,
} from './contract/simulator';
export {
  FRAMEWORK_COLUMNS,
  allColumns,
  streamName,
  uniqueName,
  wholeName,
  type Column,
  type ColumnType,
  type ColumnValues,
  type Columns,
  type Row,
  type RowOf,
  type Table,
} from './contract/table';
export type { Lane, PullWindow, WindowSpec } from './contract/windows';
export { bool, datetime, dynamic, int, long, real, string, type ColumnMaker } from './kit/columns';
export { defineConnector, secret, text, url } from './kit/define';
export { listAt, numberAt, textAt, timeAt, valueAt } from './kit/readers';
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
  type HashName,
  type Hashable,
} from './kit/signatures';
