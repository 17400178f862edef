import type { Json, JsonObject } from '../../shared/contract/json';
import type { Column, Table } from '../../shared/contract/table';
import { MAX_NAME } from '../../shared/kit/table-problems';
import { compilePath } from '../../shared/values/json-path';
import { toIso } from '../../shared/values/time';
import { columnNamer } from './sample/column-name';
import { columnType, isTime, valueOfText } from './sample/column-type';
import { membersOf, type Member } from './sample/members';
import { pascalCase, plain } from './names';

/** The most columns of a table. Other members go to `AdditionalFields`. */
const MAX_COLUMNS = 120;
/** Most preferred first; compared without case and punctuation. */
const TIME_NAMES = (
  'published timestamp eventtime eventtimestamp createdat created creationtime occurredat time eventdate ' +
  'datetime isotimestamp loggedat date ts updatedat'
).split(' ');
const ID_NAMES = 'uuid eventid eventuuid id guid recordid logid messageid auditid txid documentid key'.split(
  ' ',
);
/** Objects that describe the event itself: an id in one of these is the event's id. */
const EVENT_OBJECTS = ['event', 'metadata', 'meta', 'id', 'record', 'log', 'header'];

/** What an author's flags say about the table. */
export interface TableOptions {
  readonly name: string;
  readonly source: string;
  readonly time?: string | undefined;
  readonly id?: string | undefined;
  /** The place in a record of the one event that it is about. Its id is the record's, its time is not. */
  readonly explode?: string | undefined;
  /** True if all values of the records are text, as in CSV. */
  readonly isText?: boolean;
}

/**
 * Infers the table from a sample's records: a column for each member, the time and the event id.
 * @throws Error naming the flag to add, if no member is a time or a flag's path has no value
 */
export function inferTable(records: readonly JsonObject[], options: TableOptions): Table {
  const members = membersOf(records);
  const { explode } = options;
  const isOwn = ({ path }: (typeof members)[number]): boolean => path.startsWith(`${explode}.`);
  const time =
    checked('time', options.time, records, (value) => toIso(value) !== undefined) ??
    timeIn(members.filter((member) => !isOwn(member)));
  if (time === undefined) {
    throw new Error(
      'No member of the sample is a time in every record. Name the event time with --time <path>.',
    );
  }
  const eventId =
    checked('id', options.id, records, isId) ?? idIn(explode === undefined ? members : members.filter(isOwn));
  const nameOf = columnNamer();
  const columns = members
    .filter(({ path }) => path !== time && path !== eventId)
    .slice(0, MAX_COLUMNS)
    .map((member): [string, Column] => [
      nameOf(member.names),
      { type: columnType(options.isText === true ? asTyped(member) : member), from: member.path },
    ]);
  return {
    name: tableName(options),
    time,
    ...(eventId === undefined ? {} : { eventId }),
    columns: Object.fromEntries(columns),
  };
}

/** The member with its texts converted to booleans and numbers. */
function asTyped(member: Member): Member {
  return { ...member, values: member.values.map((value) => valueOfText(value as string)) };
}

/** `<Name><Source>_CL`; the connector's name is cut if the result is too long. */
function tableName({ name, source }: TableOptions): string {
  const end = `${pascalCase(source)}_CL`;
  return `${pascalCase(name).slice(0, Math.max(MAX_NAME - end.length, 1))}${end}`.slice(-MAX_NAME);
}

function checked(
  flag: string,
  path: string | undefined,
  records: readonly JsonObject[],
  isFine: (value: Json | undefined) => boolean,
): string | undefined {
  if (path === undefined) return undefined;
  const valueAt = compilePath(path);
  if (records.every((record) => isFine(valueAt(record)))) return path;
  throw new Error(
    `--${flag} ${path}: not every record of the sample has a suitable value there. Name another path.`,
  );
}

/** Strings, and numbers of any size. */
function isId(value: Json | undefined): value is string | number | bigint {
  return ['string', 'number', 'bigint'].includes(typeof value);
}

function timeIn(members: readonly Member[]): string | undefined {
  const times = members.filter((member) => member.isEverywhere && isTime(member));
  return best(times, TIME_NAMES)?.path ?? times.sort((a, b) => a.names.length - b.names.length)[0]?.path;
}

function idIn(members: readonly Member[]): string | undefined {
  const ids = members.filter(({ names, values, isEverywhere }) => {
    const texts = values.filter(isId).map(String);
    const isUnique = new Set(texts).size === values.length && !texts.includes('');
    const isOfEvent =
      names.length === 1 || (names.length === 2 && EVENT_OBJECTS.includes(plain(names[0] ?? '')));
    return isEverywhere && isUnique && isOfEvent;
  });
  return best(ids, ID_NAMES)?.path;
}

/** The member with the most preferred name; among equal names the least nested one. */
function best(members: readonly Member[], preferred: readonly string[]): Member | undefined {
  const rank = ({ names }: Member): number =>
    preferred.indexOf(plain(names.at(-1) ?? '')) * 10 + names.length;
  return members
    .filter(({ names }) => preferred.includes(plain(names.at(-1) ?? '')))
    .sort((a, b) => rank(a) - rank(b))[0];
}
