import type { Json, JsonObject } from '../../shared/contract/json';
import type { Column, Table } from '../../shared/contract/table';
import { MAX_NAME } from '../../shared/kit/table-problems';
import { compilePath } from '../../shared/values/json-path';
import { toIso } from '../../shared/values/time';
import { columnNamer } from './sample/column-name';
import { columnType, isTime } from './sample/column-type';
import { membersOf, type Member } from './sample/members';
import { pascalCase, plain } from './names';

/** A table's columns are at most these; what is left goes to `AdditionalFields`. */
const MAX_COLUMNS = 120;
/** By preference; compared without case and punctuation. */
const TIME_NAMES = (
  'published timestamp eventtime eventtimestamp createdat created creationtime occurredat time eventdate ' +
  'datetime isotimestamp loggedat date ts updatedat'
).split(' ');
const ID_NAMES = 'uuid eventid eventuuid id guid recordid logid messageid auditid txid documentid key'.split(
  ' ',
);
/** Objects that describe the event itself: an id in one of these is the event's. */
const EVENT_OBJECTS = ['event', 'metadata', 'meta', 'id', 'record', 'log', 'header'];

/** What an author may say that a sample does not. */
export interface TableOptions {
  readonly name: string;
  readonly source: string;
  readonly time?: string | undefined;
  readonly id?: string | undefined;
}

/**
 * The table that holds a sample's records: a column for each member, the member that says when, the one that names
 * the event.
 * @throws Error that says which flag to add, where no member says when, or a wish leads nowhere
 */
export function inferTable(records: readonly JsonObject[], options: TableOptions): Table {
  const members = membersOf(records);
  const time =
    checked('time', options.time, records, (value) => toIso(value) !== undefined) ?? timeIn(members);
  if (time === undefined) {
    throw new Error(
      'The sample has no member whose values all read as times. Name the one that says when: --time <path>.',
    );
  }
  const eventId = checked('id', options.id, records, isId) ?? idIn(members);
  const nameOf = columnNamer();
  const columns = members
    .filter(({ path }) => path !== time && path !== eventId)
    .slice(0, MAX_COLUMNS)
    .map((member): [string, Column] => [
      nameOf(member.names),
      { type: columnType(member), from: member.path },
    ]);
  return {
    name: tableName(options),
    time,
    ...(eventId === undefined ? {} : { eventId }),
    columns: Object.fromEntries(columns),
  };
}

/** `<Name><Source>_CL`; the name is cut where both are too long. */
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
  throw new Error(`--${flag} ${path}: not every record of the sample has such a value there. Name another.`);
}

/** A number of any size is one too. */
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

/** The one with the most preferred name; of equal ones the one that lies least deep. */
function best(members: readonly Member[], preferred: readonly string[]): Member | undefined {
  const rank = ({ names }: Member): number =>
    preferred.indexOf(plain(names.at(-1) ?? '')) * 10 + names.length;
  return members
    .filter(({ names }) => preferred.includes(plain(names.at(-1) ?? '')))
    .sort((a, b) => rank(a) - rank(b))[0];
}
