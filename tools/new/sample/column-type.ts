import type { Json } from '../../../shared/contract/json';
import type { ColumnType } from '../../../shared/contract/table';
import { toIso } from '../../../shared/values/time';
import type { Member } from './members';
import { wordsOf } from '../names';

const TIME_WORDS = new Set(
  'time timestamp date datetime at ts on since until created updated modified published expires expiry expiration occurred when seen'.split(
    ' ',
  ),
);
/** Words for quantities that exceed 2^31 sooner or later, even if the sample does not show it. */
const LARGE_WORDS = new Set(
  'id bytes size count total duration length ms millis offset number asn sequence'.split(' '),
);
const ROOM_TO_GROW = 1_000_000;
const DIGITS = /^[\d.]+$/;

/** The narrowest type that holds every value of the sample, with room for larger integers. */
export function columnType(member: Member): ColumnType {
  const { values, names } = member;
  if (values.some((value) => typeof value === 'object')) return 'dynamic';
  if (isTime(member)) return 'datetime';
  const areAll = (type: string): boolean => values.every((value) => typeof value === type);
  if (areAll('boolean')) return 'boolean';
  if (values.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value))) {
    const isSmall = values.every((value) => typeof value === 'number' && Math.abs(value) < ROOM_TO_GROW);
    return isSmall && !wordsOf(names.at(-1) ?? '').some((word) => LARGE_WORDS.has(word)) ? 'int' : 'long';
  }
  if (values.every((value) => typeof value === 'bigint' || typeof value === 'number')) return 'real';
  return 'string';
}

/** True if every value reads as a time of this century, and the member's name or the text's form marks it as a time. */
export function isTime({ values, names }: Member): boolean {
  const saysTime = TIME_WORDS.has(wordsOf(names.at(-1) ?? '').at(-1) ?? '');
  return values.every(
    (value) => isInCentury(toIso(value)) && (saysTime || (typeof value === 'string' && !DIGITS.test(value))),
  );
}

function isInCentury(iso: string | undefined): boolean {
  return iso?.startsWith('20') === true;
}

/** The format of a vendor's times, as far as one value shows. */
export function timeFormat(
  value: Json | undefined,
): 'iso' | 'epoch-s' | 'epoch-ms' | 'epoch-us' | 'epoch-ns' | 'epoch-decimal' {
  const isText = typeof value === 'string' && DIGITS.test(value);
  if (!isText && typeof value !== 'number' && typeof value !== 'bigint') return 'iso';
  const [whole = '', fraction] = String(value).split('.');
  if (whole.length <= 11) return fraction === undefined ? 'epoch-s' : 'epoch-decimal';
  return whole.length <= 14 ? 'epoch-ms' : whole.length <= 17 ? 'epoch-us' : 'epoch-ns';
}

/** Converts a text to a boolean or a number, if the column keeps all its digits. A code such as `007` stays text. */
export function valueOfText(text: string): Json {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^(?:0|-?[1-9]\d{0,17})$/.test(text)) {
    const whole = Number(text);
    return Number.isSafeInteger(whole) ? whole : BigInt(text);
  }
  return /^-?(?:0|[1-9]\d{0,8})\.\d{1,6}$/.test(text) ? Number(text) : text;
}
