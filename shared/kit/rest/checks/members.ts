import type {
  RestList,
  RestNext,
  RestParameter,
  RestSpec,
  RestStop,
  RestSuccess,
  RestTime,
} from '../../../contract/rest';
import type {
  RestDetails,
  RestExport,
  RestExportRequest,
  RestExportStatus,
  RestFiles,
} from '../../../contract/rest-steps';
import type { WindowSpec } from '../../../contract/windows';
import { pagingOf } from '../paging/paging-of';
import { CSV, FORMAT } from './format';
import {
  anything,
  check,
  checkKind,
  maybe,
  must,
  obey,
  object,
  oneOf,
  scalar,
  text,
  yes,
  type AnyRules,
  type Rules,
} from './rules';
import { filesListSpec, listSpec } from '../request-texts';
import { AGO_MS, FORMATS } from '../time-format';

const format = must(
  `one of ${FORMATS.join(', ')}, a pattern or an ago of ${Object.keys(AGO_MS).join(', ')}`,
  (value) => (typeof value === 'string' ? FORMATS.some((one) => one === value) : isFormatObject(value)),
);
const PARAMETER: Rules<RestParameter> = { in: oneOf('query', 'body'), name: text };
const TIME: Rules<RestTime> = {
  in: maybe(PARAMETER.in),
  name: maybe(text),
  format: maybe(format),
  exclusive: maybe(yes),
};
const WINDOW: Rules<WindowSpec> = {
  lag: object,
  maxMs: anything,
  maxPages: anything,
  order: maybe(oneOf('oldest-first', 'newest-first', 'none')),
  olderMs: anything,
  stepMs: anything,
};

/* The members of each kind, without the member that names the kind. */
const NEXT: Readonly<Record<RestNext['kind'], AnyRules>> = {
  link: { rel: maybe(text), from: maybe(text), last: maybe(text) },
  cursor: {
    from: maybe(text),
    header: maybe(text),
    record: maybe(text),
    json: maybe(yes),
    join: maybe(text),
    last: maybe(text),
    send: maybe(object),
    alone: maybe(yes),
  },
  page: { send: maybe(object), first: maybe(must('0 or 1', (value) => value === 0 || value === 1)) },
  offset: {
    send: maybe(object),
    to: maybe(object),
    first: maybe(must('0 or 1', (value) => value === 0 || value === 1)),
  },
  none: {},
  time: {},
};
const STOP: Readonly<Record<RestStop['on'], AnyRules>> = {
  'no-next': {},
  'empty-page': {},
  unless: { path: text },
  'short-page': { full: must('a number', (value) => typeof value === 'number') },
  total: { path: text },
  'last-page': { path: text },
};

const DETAILS: Rules<RestDetails> = {
  id: maybe(text),
  recordId: text,
  batch: must('a number', (value) => typeof value === 'number'),
  path: text,
  method: maybe(oneOf('GET', 'POST')),
  headers: maybe(object),
  query: maybe(object),
  body: maybe(object),
  records: text,
};

const values = must(
  'a list of texts, numbers, true or false',
  (value) => Array.isArray(value) && value.length > 0 && value.every((one) => scalar(one) === undefined),
);
const PART: Rules<RestExportRequest> = { path: text, query: maybe(object) };
const STATUS: Rules<RestExportStatus> = {
  ...PART,
  from: text,
  ready: values,
  failed: values,
  chunks: text,
  missing: maybe(values),
  everyMs: maybe(must('1,000 to 60,000', isWithin(1_000, 60_000))),
};
const EXPORT: Rules<RestExport> = {
  job: text,
  running: maybe(object),
  status: object,
  chunk: object,
  keptMs: maybe(must('60,000 or more', isWithin(60_000, Infinity))),
};

const FILES: Rules<RestFiles> = {
  id: text,
  time: text,
  address: maybe(text),
  path: maybe(text),
  query: maybe(object),
  format: maybe(FORMAT),
  records: maybe(text),
};

const SPEC: Rules<RestSpec> = {
  base: text,
  path: text,
  method: maybe(oneOf('GET', 'POST')),
  headers: maybe(object),
  query: maybe(object),
  body: maybe(object),
  auth: maybe(object),
  format: maybe(FORMAT),
  streamed: maybe(yes),
  records: text,
  explode: maybe(text),
  details: maybe(object),
  export: maybe(object),
  files: maybe(object),
  success: maybe(object),
  next: object,
  stop: object,
  resume: oneOf('cursor', 'time'),
  expired: maybe(oneOf('read-again')),
  since: maybe(object),
  until: maybe(object),
  window: maybe(object),
};

const LIST: Rules<RestList> = {
  base: text,
  path: text,
  method: SPEC.method,
  headers: SPEC.headers,
  query: SPEC.query,
  body: SPEC.body,
  auth: SPEC.auth,
  records: text,
  id: maybe(text),
  success: SPEC.success,
  next: object,
  stop: object,
};
const SUCCESS: Rules<RestSuccess> = { from: text, is: values, denied: maybe(values) };

type Members = Readonly<Record<string, unknown>>;

function isWithin(least: number, most: number): (value: unknown) => boolean {
  return (value) => typeof value === 'number' && value >= least && value <= most;
}

/** True for `{ pattern }` and `{ ago }`. */
function isFormatObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false;
  const { ago, pattern } = value as Members;
  return typeof pattern === 'string' || (typeof ago === 'string' && Object.hasOwn(AGO_MS, ago));
}

/**
 * Checks at run time what the types check: a connector may run without having been compiled.
 * @throws ContractError for an unknown member or a wrong value; the message names the member
 */
export function checkShape(spec: RestSpec): void {
  check('', spec, SPEC);
  if (spec.details !== undefined) {
    check('details.', spec.details, DETAILS);
    checkTexts('details.', spec.details);
  }
  if (spec.export !== undefined) checkExportShape(spec.export);
  if (spec.files !== undefined) checkFilesShape(spec.files);
  checkParts(spec.files === undefined ? spec : filesListSpec(spec));
  if (spec.since !== undefined) check('since.', spec.since, TIME);
  if (spec.until !== undefined) check('until.', spec.until, TIME);
  if (typeof spec.format === 'object') check('format.csv.', spec.format.csv, CSV);
  if (spec.window !== undefined) check('window.', spec.window, WINDOW);
}

/** Checks the members of a list of partitions. @throws ContractError as {@link checkShape} does */
export function checkListShape(list: RestList): void {
  check('', list, LIST);
  checkParts(listSpec(list));
}

function checkParts(spec: RestSpec): void {
  checkTexts('', spec);
  checkKind('next', 'kind', spec.next, NEXT);
  checkKind('stop', 'on', spec.stop, STOP);
  for (const [member, [place]] of Object.entries(pagingOf(spec).places))
    if (place !== undefined) check(`${member}.`, place, PARAMETER);
  if (spec.success !== undefined) check('success.', spec.success, SUCCESS);
}

function checkExportShape(declared: RestExport): void {
  check('export.', declared, EXPORT);
  check('export.status.', declared.status, STATUS);
  check('export.chunk.', declared.chunk, PART);
  if (declared.running !== undefined) {
    const running: Rules<NonNullable<RestExport['running']>> = {
      status: must('400 to 499', isWithin(400, 499)),
      job: text,
    };
    check('export.running.', declared.running, running);
  }
  checkTexts('export.status.', declared.status);
  checkTexts('export.chunk.', declared.chunk);
}

function checkFilesShape(files: RestFiles): void {
  check('files.', files, FILES);
  checkTexts('files.', files);
  if (typeof files.format === 'object') check('files.format.csv.', files.format.csv, CSV);
}

function checkTexts(prefix: string, { headers = {}, query = {} }: Pick<RestSpec, 'headers' | 'query'>): void {
  for (const [name, value] of Object.entries(query)) obey(`${prefix}query.${name}`, value, scalar);
  for (const [name, value] of Object.entries(headers)) obey(`${prefix}headers.${name}`, value, text);
}
