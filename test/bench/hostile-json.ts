/* Bodies of any size: ordinary ones, and those whose cost is out of proportion to their bytes. */

/** A record as vendors send it. @param id JSON text of it */
function record(place: number, id: string): string {
  return `{"id":${id},"published":"2026-11-20T10:11:12.345Z","actor":{"id":"00u${place}","displayName":"Some Body ${place}","email":"user${place}@example.com"},"client":{"ip":"203.0.113.${place % 256}","userAgent":"Mozilla/5.0 (X11; Linux x86_64) \\"quoted\\" path","geo":{"lat":12.345678,"lon":-98.76543}},"count":${place},"ok":true,"tags":["a","b","c"],"outcome":null}`;
}

/** As many elements as fill the given bytes, with commas between them. */
function fill(bytes: number, element: (place: number) => string): string {
  const elements: string[] = [];
  for (let [place, length] = [0, 0]; length < bytes; place++) {
    const text = element(place);
    elements.push(text);
    length += text.length + 1;
  }
  return elements.join(',');
}

const longId = (place: number): string => String(12345678901234567n + BigInt(place));

/** JSON arrays of records, each of about the given bytes. */
export const ORDINARY: Readonly<Record<string, (bytes: number) => string>> = {
  'ordinary records': (bytes) => `[${fill(bytes, (place) => record(place, String(place)))}]`,
  '17-digit ids': (bytes) => `[${fill(bytes, (place) => record(place, longId(place)))}]`,
  'digits in strings': (bytes) => `[${fill(bytes, (place) => record(place, `"${longId(place)}"`))}]`,
};

/** An element that is repeated, with digits that differ by its position. */
const numbers =
  (element: (digits: string) => string) =>
  (bytes: number): string =>
    `[${fill(bytes, (place) => element(String(1234567890123456 + place * 7)))}]`;

/** JSON arrays of one kind of number: kept as a double, as a `bigint`, or as text. */
export const NUMBERS: Readonly<Record<string, (bytes: number) => string>> = {
  'numbers 1e1': numbers(() => '1e1'),
  'numbers 1e400': numbers(() => '1e400'),
  'numbers -0': numbers(() => '-0'),
  'numbers in records, -0': numbers(() => '{"a":-0}'),
  'numbers in records, 1e400': numbers(() => '{"a":1e400}'),
  'numbers 0.12345678901234567': numbers((digits) => `0.${digits}7`),
  'numbers with 17 digits, as doubles are printed': numbers((digits) =>
    Number(`0.${digits}7`).toPrecision(17),
  ),
  'numbers with 21 digits': numbers((digits) => `3.${digits}${digits.slice(0, 4)}`),
  'numbers 1.234567890123456e-300': numbers((digits) => `${digits[0]}.${digits.slice(1)}e-300`),
  'numbers 12345678901234567': numbers((digits) => `${digits}7`),
  'numbers of 20 digits': numbers((digits) => `1234${digits}`),
  'numbers of 64 digits': numbers((digits) => digits.repeat(4)),
  'numbers with 60 digits': numbers((digits) => `3.${digits.repeat(4).slice(0, 59)}`),
  'numbers below 1e-308': numbers((digits) => `${digits[0]}.${digits.slice(1)}e-312`),
  'doubles with all their digits': numbers((digits) => Number(`0.${digits}`).toFixed(60).replace(/0+$/, '')),
};

/** One record whose names have a common prefix. */
const names =
  (beginning: string) =>
  (bytes: number): string =>
    `[{${fill(bytes, (place) => `"${beginning}${String(place).padStart(7, '0')}":1`)}}]`;

/** Bodies that are expensive on purpose. */
export const HOSTILE: Readonly<Record<string, (bytes: number) => string>> = {
  'one long integer': (bytes) => `[{"a":${'9'.repeat(bytes)}}]`,
  '17-digit integers': (bytes) => `[{"a":[${fill(bytes, longId)}]}]`,
  'members of one record': (bytes) => `[{${fill(bytes, (place) => `"k${place}":${place}`)}}]`,
  'members of few records': (bytes) =>
    `[${fill(bytes, (at) => `{${fill(100_000, (place) => `"k${at}_${place}":${place}`)}}`)}]`,
  'deep nesting': (bytes) => '[{"a":' + '['.repeat(bytes / 2) + ']'.repeat(bytes / 2) + '}]',
  'nesting 90 deep': (bytes) =>
    `[${fill(bytes, (place) => `${'{"a":'.repeat(90)}${place}${'}'.repeat(90)}`)}]`,
  'one string': (bytes) => `[{"a":"${'x'.repeat(bytes)}"}]`,
  'a string of escapes': (bytes) => `[{"a":"${'\\"'.repeat(bytes / 2)}"}]`,
  'a string of codes': (bytes) => `[{"a":"${'\\u0041%41&#65;'.repeat(bytes / 14)}"}]`,
  'strings in one record': (bytes) => `[{"a":[${fill(bytes, (place) => `"text ${place}"`)}]}]`,
  'one long name': (bytes) => `[{"${'k'.repeat(bytes)}":1}]`,
  'names of 64 KB': names('k'.repeat(65_500)),
  'names of 17 KB': names('k'.repeat(17_000)),
  'names of 1 KB to be rewritten': names('é'.repeat(500)),
  'names of 280 characters': names('k'.repeat(280)),
  'many members behind one long name': (bytes) =>
    `[{"${'k'.repeat(10_000)}":{${fill(Math.min(bytes, 1.4e6), (place) => `"a${place}":1`)}}}]`,
  'members of nested objects': (bytes) =>
    `[{${fill(bytes, (at) => `"o${at}":{${fill(1e6, (place) => `"k${place}":${place}`)}}`)}}]`,
  'small records': (bytes) => `[${fill(bytes, (place) => `{"a":${place}}`)}]`,
  'empty records': (bytes) => `[${fill(bytes, () => '{}')}]`,
};
