import type { JsonObject } from '../../contract/json';
import type { RestList, RestParameter, RestSpec } from '../../contract/rest';
import type { RestDetails, RestExportRequest, RestFiles } from '../../contract/rest-steps';
import { wrong } from './checks/declaration-error';
import { isObject, memberNames } from '../../values/json-path';
import { namesIn, textsIn } from '../template';
import type { RequestTexts } from './paging/paging';
import { pagingOf } from './paging/paging-of';

/** The values of `{name}` besides settings: the bounds of the read, the next page and its end, the partition of the window. */
export const READ_VALUES = ['since', 'until', 'cursor', 'cursorEnd', 'partition'] as const;
/** One of {@link READ_VALUES}. */
export type ReadValue = (typeof READ_VALUES)[number];
/** The values of `{name}` in the texts of details besides settings. */
export const DETAIL_VALUES = ['id', 'ids', 'partition'] as const;
/** One of {@link DETAIL_VALUES}. */
export type DetailValue = (typeof DETAIL_VALUES)[number];
/** The values of `{name}` in the texts of an export besides settings. */
export const EXPORT_VALUES = ['job', 'chunk', 'partition'] as const;
/** One of {@link EXPORT_VALUES}. */
export type ExportValue = (typeof EXPORT_VALUES)[number];

/** The values of `{name}` in the texts of a file besides settings. */
export const FILE_VALUES = ['id', 'partition'] as const;

/**
 * The texts of the first request of a read. A parameter that is declared by its name becomes the text `{since}`, `{until}`,
 * `{cursor}` or `{cursorEnd}` in its place.
 * @throws ContractError if two values have the same place; the message names the member
 */
export function requestTexts(spec: RestSpec): RequestTexts {
  const { path, headers = {}, since, until } = spec;
  let { query, body }: { query: JsonObject; body: JsonObject } = { query: {}, body: {}, ...spec };
  const put = (member: string, { in: place, name }: Partial<RestParameter>, text: string): void => {
    if (place === undefined || name === undefined) return;
    if (place === 'body') body = withMember(body, memberNames(name) ?? [], text, member);
    else query = withMember(query, [name], text, member);
  };
  if (since !== undefined) put('since', since, '{since}');
  if (until !== undefined) put('until', until, '{until}');
  for (const [member, [place, value]] of Object.entries(pagingOf(spec).places))
    if (place !== undefined) put(member, place, `{${value}}`);
  return { path, query, headers, body };
}

/** The texts of a request for a later page. A next link replaces the query; a cursor sent alone replaces all members that do not hold it. */
export function laterTexts(spec: RestSpec): RequestTexts {
  return pagingOf(spec).laterTexts(requestTexts(spec));
}

/** The texts of the request for the details of a list: its own, and the headers of the list. */
export function detailsTexts(
  { headers: shared = {} }: RestSpec,
  { body = {}, headers = {}, path, query = {} }: RestDetails,
): RequestTexts {
  return { path, query, headers: { ...shared, ...headers }, body };
}

/** The texts of a request for something of an export: its own, and the headers of the order but for those of its body. */
export function exportTexts(
  { headers = {} }: Pick<RestSpec, 'headers'>,
  { path, query = {} }: RestExportRequest,
): RequestTexts {
  const shared = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type');
  return { path, query, headers: Object.fromEntries(shared), body: {} };
}

/** The texts of the request for a file: its own, and the headers of the list but for those of its body. */
export function fileTexts(
  spec: Pick<RestSpec, 'headers'>,
  { path = '', query = {} }: RestFiles,
): RequestTexts {
  return exportTexts(spec, { path, query });
}

/** The list of files as a declaration of its own. Its records are sorted later, so that any order will do. */
export function filesListSpec({ files: _, window, ...list }: RestSpec): RestSpec {
  return window === undefined ? list : { ...list, window: { ...window, order: 'newest-first' } };
}

/** A list of partitions as a declaration that is read from its first page to its last. */
export function listSpec({ id: _, ...list }: RestList): RestSpec {
  return { ...list, resume: 'time' };
}

/** The requests of a declaration after its first, by the path of their member, with the values that only they have. */
export function stepsOf(
  spec: RestSpec,
): readonly (readonly [member: string, texts: RequestTexts, own: readonly string[]])[] {
  const { details, export: exported, files } = spec;
  return [
    ...(details === undefined ? [] : [['details', detailsTexts(spec, details), DETAIL_VALUES] as const]),
    ...(exported === undefined
      ? []
      : (['status', 'chunk'] as const).map(
          (name) => [`export.${name}`, exportTexts(spec, exported[name]), EXPORT_VALUES] as const,
        )),
    ...(files === undefined ? [] : [['files', fileTexts(spec, files), FILE_VALUES] as const]),
  ];
}

/** The texts of all requests of a declaration. */
export function allTexts(spec: RestSpec): readonly RequestTexts[] {
  return [requestTexts(spec), ...stepsOf(spec).map(([, texts]) => texts)];
}

/** Every text of a request with its member; of the path, each segment. */
export function textsOf({
  path,
  ...parts
}: RequestTexts): readonly (readonly [member: string, text: string])[] {
  const segments = path.split('/').map((segment) => ['path', segment] as const);
  return [...segments, ...Object.entries(parts).flatMap(([part, json]) => textsIn(json, part))];
}

/** The placeholders of a request. */
export function valuesIn(texts: RequestTexts): ReadonlySet<string> {
  return new Set(textsOf(texts).flatMap(([, text]) => namesIn(text)));
}

/** A copy with one more member, at a path of names. */
function withMember(
  json: JsonObject,
  [name = '', ...rest]: readonly string[],
  text: string,
  member: string,
): JsonObject {
  const there = Object.hasOwn(json, name) ? json[name] : undefined;
  if (there !== undefined && (rest.length === 0 || !isObject(there))) {
    throw wrong(
      member,
      `${text} would replace ${name}, which has another value`,
      'Send each under a name of its own, or write both into one text',
    );
  }
  return {
    ...json,
    [name]: rest.length === 0 ? text : withMember(isObject(there) ? there : {}, rest, text, member),
  };
}
