import type { Json } from '../../../shared/contract/json';
import type { Table } from '../../../shared/contract/table';
import { compileExplode } from '../../../shared/kit/rest/records/explode';
import { compilePath, isObject } from '../../../shared/values/json-path';
import { namesOfPath, withValueAt } from './write-at-path';
import type { Random } from '../random';

/** Makes a new event from a template, with its own id and time in the template's formats. */
export type Copier = (template: Json, time: Date) => Json;

/** Copies a record to another time, in the record's own format. @param path the path of a record's time */
export function timeWriter(path: string): (record: Json, time: Date) => Json {
  const [timeAt, timePlace] = [compilePath(path), namesOfPath(path)];
  return (record, time) => withValueAt(record, timePlace, likeTime(timeAt(record), time));
}

/** Where a record has its time and its id, and the list of events that it may hold. */
export type RecordShape = Pick<Table, 'time' | 'eventId'> & { readonly explode?: string | undefined };

/**
 * Makes copies of one table's records. Each copy has an id that no other copy and no template has, and so has each of its events.
 */
export function copier({ eventId, explode, time }: RecordShape, random: Random): Copier {
  const withTime = timeWriter(time);
  const idAt = eventId === undefined ? undefined : compilePath(eventId);
  const idPlace = eventId === undefined ? [] : namesOfPath(eventId);
  const given = new Set<string>();
  const withId = (record: Json): Json =>
    idAt === undefined ? record : withValueAt(record, idPlace, newId(idAt(record), given, random));
  const perEvent = eachEvent(explode);
  return (template, at) => perEvent(withTime(template, at), withId);
}

/** Applies a change to each of the records that a record becomes, and puts them together again. */
function eachEvent(explode: RecordShape['explode']): (record: Json, change: (record: Json) => Json) => Json {
  const split = compileExplode(explode);
  if (explode === undefined || split === undefined) return (record, change) => change(record);
  const [listAt, place] = [compilePath(explode), namesOfPath(explode)];
  return (record, change) =>
    Array.isArray(listAt(record))
      ? withValueAt(
          record,
          place,
          split(record).map((one) => listAt(change(one)) ?? null),
        )
      : record;
}

/** An unused id that is not the sample's. It is longer than the sample's if no short one is found. */
function newId(sample: Json | undefined, given: Set<string>, random: Random): Json {
  if (typeof sample !== 'object') given.add(String(sample));
  for (let like = sample, tries = 1; ; tries++) {
    const id = likeId(like, random);
    const text = String(id);
    if (!given.has(text)) {
      given.add(text);
      return id;
    }
    if (tries % TRIES_OF_A_LENGTH === 0) like = longer(id);
  }
}

function longer(id: string | number | bigint): Json {
  if (typeof id === 'string') return `${id}0`;
  return typeof id === 'bigint' ? id * 10n : id * 10;
}

/** A record with other numbers, except its time and its id. */
export function withNumbers(
  record: Json,
  { eventId, explode, time }: RecordShape,
  another: () => Json,
): Json {
  const kept = new Set(
    [time, ...(eventId === undefined ? [] : [eventId])].map((path) => namesOfPath(path).join('/')),
  );
  const list = explode === undefined ? undefined : namesOfPath(explode).join('/');
  const walk = (value: Json, place: string): Json => {
    if (typeof value === 'number' || typeof value === 'bigint') return kept.has(place) ? value : another();
    if (Array.isArray(value))
      return value.map((each: Json, at) => walk(each, place === list ? place : `${place}/${at}`));
    if (!isObject(value)) return value;
    const members = Object.entries(value).map(
      ([key, each]) => [key, walk(each, place === '' ? key : `${place}/${key}`)] as const,
    );
    return Object.fromEntries(members);
  };
  return walk(record, '');
}

/** How many ids of one length are tried. */
const TRIES_OF_A_LENGTH = 20;
const ALPHABETS = ['0123456789', '0123456789abcdef', '0123456789ABCDEF', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'];
const ANY_CASE = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A new id of the same length, punctuation and alphabet; a number stays one. */
export function likeId(sample: Json | undefined, random: Random): string | number | bigint {
  const isNumber = typeof sample === 'number' || typeof sample === 'bigint';
  const text = (isNumber ? String(sample) : sample) || '0000000000000000';
  if (typeof text !== 'string') return likeId(undefined, random);
  const letters = text.match(/[A-Za-z0-9]/g) ?? [];
  const isMade = (alphabet: string): boolean => letters.every((letter) => alphabet.includes(letter));
  const alphabet = ALPHABETS.find(isMade) ?? ANY_CASE;
  const id = text.replace(/[A-Za-z0-9]/g, () => alphabet.charAt(Math.floor(random() * alphabet.length)));
  const digits = id.replace(/^0/, '1');
  if (typeof sample === 'number') return Number(digits);
  return typeof sample === 'bigint' ? BigInt(digits) : id;
}

function likeEpoch(sample: number, ms: number): number {
  if (sample < 1e11) return Number.isInteger(sample) ? Math.floor(ms / 1e3) : ms / 1e3;
  return sample < 1e14 ? ms : ms * 1e3;
}

const ISO = /^\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/** A time written as the sample is: separator, digits of the second, offset; epoch numbers by their size. */
export function likeTime(sample: Json | undefined, time: Date): Json {
  const ms = time.getTime();
  if (typeof sample === 'bigint') return BigInt(ms) * 1_000_000n;
  if (typeof sample === 'number') return likeEpoch(sample, ms);
  const [, separator = 'T', fraction = '', zone = ''] = ISO.exec(
    typeof sample === 'string' ? sample : '',
  ) ?? ['', 'T', '.000', 'Z'];
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  const offsetMs = zone.length < 2 ? 0 : (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  const iso = new Date(ms + offsetMs).toISOString();
  const digits = fraction === '' ? '' : `.${iso.slice(20, 23).padEnd(fraction.length - 1, '0')}`;
  return `${iso.slice(0, 10)}${separator}${iso.slice(11, 19)}${digits.slice(0, fraction.length)}${zone}`;
}
