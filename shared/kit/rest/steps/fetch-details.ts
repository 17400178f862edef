import type { SettingValues } from '../../../contract/connector';
import { ContractError } from '../../../contract/errors';
import type { Http } from '../../../contract/http';
import type { Json, JsonObject } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import type { RestDetails } from '../../../contract/rest-steps';
import { compileAnswerPath, isObject } from '../../../values/json-path';
import { named } from '../checks/declaration-error';
import { compileAnswer } from '../read-answer';
import { composeRequest, sendsForm, valueOf } from '../request';
import { detailsTexts } from '../request-texts';
import { idText } from './id-text';

/** Replaces the items of a list by their records. */
export type FetchDetails = (
  http: Http,
  settings: SettingValues,
  items: readonly Json[],
) => Promise<readonly Json[]>;

/** The ids of one request, as the vendor wrote them, by their texts. */
type Ids = ReadonlyMap<string, Json>;

/**
 * Compiles the second request of a vendor whose list has only ids. Records come in the order of the list. Ids whose records the
 * answer leaves out are requested once more, because a list may show an id before its record. An item that has no id, or no
 * record even then, takes the record's place: without the record's time it becomes a dead letter, so that nothing is lost
 * without a word.
 * @throws ContractError for a malformed path; the message names the member
 */
export function compileDetails(spec: RestSpec): FetchDetails | undefined {
  const { details } = spec;
  if (details === undefined) return undefined;
  const idOfItem = named('details.id', () => compileAnswerPath(details.id ?? '$'));
  const idOfRecord = named('details.recordId', () => compileAnswerPath(details.recordId));
  const readAnswer = compileAnswer({
    ...spec,
    path: details.path,
    records: details.records,
    next: { kind: 'time' },
    stop: { on: 'no-next' },
  });

  const ask = async (
    http: Http,
    settings: SettingValues,
    ids: Ids,
  ): Promise<ReadonlyMap<string, readonly Json[]>> => {
    const request = detailsRequest(spec, details, settings, [...ids.values()]);
    const response = await http.request({ ...request, holds: readAnswer.holds });
    const { failure, records } = readAnswer(response, request.url);
    const found = new Map<string, Json[]>();
    for (const record of records) {
      const id = idText(idOfRecord(record));
      if (id === undefined || !ids.has(id)) throw strange(details, id);
      found.set(id, [...(found.get(id) ?? []), record]);
    }
    if (failure !== undefined && found.size < ids.size) throw failure;
    return found;
  };

  return async (http, settings, items) => {
    const ids = new Map<string, Json>();
    for (const item of items) {
      const id = idOfItem(item);
      const text = idText(id);
      if (text !== undefined) ids.set(text, id as Json);
    }
    const found = new Map<string, readonly Json[]>();
    const askAll = async (wanted: Ids): Promise<void> => {
      for (const some of inBatches(wanted, details.batch))
        for (const [id, records] of await ask(http, settings, some)) found.set(id, records);
    };
    await askAll(ids);
    const missing = new Map([...ids].filter(([id]) => !found.has(id)));
    if (missing.size > 0) await askAll(missing);
    const used = new Set<string>();
    return items.flatMap((item) => {
      const id = idText(idOfItem(item));
      const records = id === undefined ? undefined : found.get(id);
      if (id === undefined || records === undefined) return [item];
      // A list that names an id twice has one record for it.
      if (used.has(id)) return [];
      used.add(id);
      return records;
    });
  };
}

/** The request for the records of some ids. */
function detailsRequest(
  spec: RestSpec,
  details: RestDetails,
  settings: SettingValues,
  ids: readonly Json[],
): ReturnType<typeof composeRequest> {
  const joined = ids.map((id) => idText(id) ?? '').join();
  const texts = detailsTexts(spec, details);
  const body = sendsForm(texts) ? texts.body : (withIds(texts.body, ids) as JsonObject);
  const read = (member: string) => (name: string) =>
    name === 'ids' || name === 'id' ? joined : valueOf(settings, name, `details.${member}`);
  return composeRequest({ ...spec, method: details.method ?? 'GET' }, { ...texts, body }, read, settings);
}

/** In a body, `{ids}` alone is the array of the ids, each of its own type. */
function withIds(json: Json, ids: readonly Json[]): Json {
  if (json === '{ids}') return ids;
  if (Array.isArray(json)) return json.map((each: Json) => withIds(each, ids));
  if (!isObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, withIds(each, ids)]));
}

function* inBatches(ids: Ids, size: number): Generator<Ids> {
  const all = [...ids];
  for (let from = 0; from < all.length; from += size) yield new Map(all.slice(from, from + size));
}

function strange({ path, recordId }: RestDetails, id: string | undefined): ContractError {
  const because =
    id === undefined ? `a record has no id at ${recordId}` : 'it has a record that was not requested';
  return new ContractError(
    `reading the answer of ${path}: ${because}. Compare \`details\` with the vendor’s documentation.`,
  );
}
