import { gzipSync } from 'node:zlib';

/** The rows after and before the hostile record: neither may be lost with it. */
const before = '{"id":"before","at":"2026-11-21T00:00:00Z","name":"a"}';
const after = '{"id":"after","at":"2026-11-21T00:00:02Z","name":"b"}';
const MB = 1_000_000;

/** The outcome of an answer, in the terms of its run's report. */
export interface Expected {
  readonly accepted?: number;
  /** The causes of its dead letters, each once; those of truncated rows too. */
  readonly causes?: readonly string[];
  readonly deadLettered?: number;
  readonly drifted?: number;
  /** The outcome with the other sink: the Data Collector API accepts 32 KB a field and 30 MB a call. */
  readonly classic?: Omit<Expected, 'classic' | 'row' | 'error'>;
  /** The part of the hostile record's row that is in the workspace. */
  readonly row?: Readonly<Record<string, unknown>>;
  /** The error class and the words of its message; nothing is fetched then. */
  readonly error?: readonly [name: string, words: string];
}

export interface HostileAnswer {
  /** True for an answer so large that it is tested with one sink; a smaller one tests the other. */
  readonly isLong?: boolean;
  readonly body: () => string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expected: Expected;
}

/** The hostile record between two valid ones. */
function between(members: string, expected: Expected): HostileAnswer {
  const body = (): string => `[${before},{"id":"x","at":"2026-11-21T00:00:01Z",${members}},${after}]`;
  return { body, expected: { accepted: 3, ...expected } };
}

/** A record that becomes a dead letter, between two valid ones. */
function buried(record: () => string, cause: string): HostileAnswer {
  const body = (): string => `[${before},${record()},${after}]`;
  return { body, expected: { accepted: 2, deadLettered: 1, causes: [cause] } };
}

function refused(body: () => string | Buffer, ...error: [name: string, words: string]): HostileAnswer {
  return { body, expected: { accepted: 0, error } };
}

const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(',');
const nested = (levels: number): string =>
  `{"id":"x","at":"2026-11-21T00:00:01Z","deep":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

/** Hostile answers of a vendor, each with its outcome. The source's table has the columns of `hostile.test.ts`. */
export const HOSTILE_ANSWERS: Readonly<Record<string, HostileAnswer>> = {
  'a page of 20 MB': {
    isLong: true,
    body: () =>
      `[${times(4_000, (i) => `{"id":"e${i}","at":"2026-11-21T00:00:01Z","name":"${'x'.repeat(5_000)}"}`)}]`,
    expected: { accepted: 4_000 },
  },
  'a page of 129 MB, in 130 KB of gzip': {
    isLong: true,
    body: () => gzipSync(Buffer.alloc(129 * 1024 * 1024, ' ')),
    headers: { 'content-encoding': 'gzip' },
    expected: { accepted: 0, error: ['ContractError', 'Ask for smaller pages'] },
  },
  '5,000 empty records': {
    isLong: true,
    body: () => `[${times(5_000, () => '{}')}]`,
    expected: { accepted: 5_000 },
  },
  '5,000 records of null': {
    isLong: true,
    body: () => `[${times(5_000, () => 'null')}]`,
    expected: { accepted: 0, deadLettered: 5_000, causes: ['not-an-object'] },
  },
  'a field of 1 MB': between(`"name":"${'x'.repeat(MB)}"`, {
    causes: ['truncated'],
    row: { Name: 'x'.repeat(65_536), TruncatedFields: ['Name'] },
  }),
  'a record of 2 MB, in one member that no column takes': between(`"other":"${'é'.repeat(MB)}"`, {
    causes: ['truncated'],
    row: { TruncatedFields: ['AdditionalFields'] },
  }),
  'a record of 2 MB, in forty columns': {
    body: () => `[${before},{"id":"x",${times(40, (i) => `"w${i}":"${'x'.repeat(50_000)}"`)}},${after}]`,
    expected: {
      accepted: 2,
      deadLettered: 1,
      causes: ['too-large'],
      classic: { accepted: 3, deadLettered: 0, causes: ['truncated'] },
    },
  },
  'an id of 100 KB': {
    body: () => `[${before},{"id":"${'x'.repeat(100_000)}"},${after}]`,
    expected: { accepted: 3, causes: ['truncated'] },
  },
  'an array of 100,000 numbers': between(`"details":[${times(100_000, String)}]`, {
    causes: ['truncated'],
    row: { TruncatedFields: ['Details'] },
  }),
  '600 members': between(
    times(600, (i) => `"m${i}":${i}`),
    {
      row: { AdditionalFields: Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`m${i}`, i])) },
    },
  ),
  '100 levels': { body: () => `[${before},${nested(100)},${after}]`, expected: { accepted: 3 } },
  '101 levels': buried(() => nested(101), 'too-deep'),
  '20,000 levels': buried(() => nested(20_000), 'too-deep'),
  '20,000 levels of objects': buried(
    () => `{"id":"x",${'"a":{'.repeat(20_000)}${'}'.repeat(20_000)}}`,
    'too-deep',
  ),
  'null in the place of a record': buried(() => 'null', 'not-an-object'),
  'a number in the place of a record': buried(() => '9007199254740993', 'not-an-object'),
  'text in the place of a record': buried(() => '"a line"', 'not-an-object'),
  'an array in the place of a record': buried(() => '[{"id":"x"}]', 'not-an-object'),
  'keys that differ only in case': between('"name":"a","Name":"b","NAME":"c"', {
    row: { Name: 'a', AdditionalFields: { Name: 'b', NAME: 'c' } },
  }),
  'duplicate keys': between('"name":"first","name":"second","count":1,"count":2', {
    row: { Name: 'second', Count: 2 },
  }),
  'lone surrogates': between('"name":"a\\ud800b","details":{"\\udc00":"\\ud83d"}', {
    row: { Name: 'a\\ud800b', Details: { '\\udc00': '\\ud83d' } },
  }),
  'NUL, in texts and in a key': between('"name":"a\\u0000b","details":{"\\u0000":"\\u0000"}', {
    row: { Name: 'a\u0000b', Details: { '\u0000': '\u0000' } },
  }),
  'control characters and line ends': between('"name":"a\\r\\nb\\u001f\\u007f\\u2028"', {
    row: { Name: 'a\r\nb\u001f\u007f\u2028' },
  }),
  'emoji and combining characters': between('"name":"👩‍💻 e\u0301"', { row: { Name: '👩‍💻 e\u0301' } }),
  'lines that end in CR LF': {
    body: () => `[\r\n${before},\r\n{"id":"x","name":"c"}\r\n]\r\n`,
    expected: { accepted: 2, row: { Name: 'c' } },
  },
  'a byte order mark': {
    body: () => `\ufeff[{"id":"x","name":"c"}]`,
    expected: { accepted: 1, row: { Name: 'c' } },
  },
  'bytes that are no UTF-8': {
    body: () =>
      Buffer.concat([Buffer.from('[{"id":"x","name":"a'), Buffer.from([0xff]), Buffer.from('b"}]')]),
    expected: { accepted: 0, deadLettered: 1, causes: ['not-encodable'] },
  },
  'integers beyond 2^53': between(
    '"big":9007199254740993,"name":9007199254740993,"details":[18446744073709551616]',
    { row: { Big: '9007199254740993', Name: '9007199254740993', Details: ['18446744073709551616'] } },
  ),
  'an integer beyond 2^63': between('"big":9223372036854775808', {
    drifted: 1,
    row: { Big: null, AdditionalFields: { big: '9223372036854775808' } },
  }),
  'numbers over every double': between('"ratio":1e400,"count":-1e400,"details":{"n":1e400}', {
    drifted: 1,
    row: {
      Ratio: null,
      Count: null,
      AdditionalFields: { ratio: '1e400', count: '-1e400' },
      Details: { n: '1e400' },
    },
  }),
  'minus zero': between('"count":-0,"ratio":-0.0', {
    row: { Count: 0, Ratio: 0, AdditionalFields: { count: '-0', ratio: '-0.0' } },
  }),
  'a number of more digits than a double has': between(
    `"ratio":3.14159265358979323846,"other":${'9'.repeat(400)}`,
    {
      drifted: 1,
      row: { Ratio: null, AdditionalFields: { ratio: '3.14159265358979323846', other: '9'.repeat(400) } },
    },
  ),
  'values of other types': between('"name":{"a":1},"count":"many","ok":"perhaps","happened":"noon"', {
    drifted: 1,
    row: {
      Name: null,
      Count: null,
      Ok: null,
      Happened: null,
      AdditionalFields: { name: { a: 1 }, count: 'many', ok: 'perhaps', happened: 'noon' },
    },
  }),
  'names that the workspace keeps for itself': between(
    '"TenantId":"t","Type":"y","_ItemId":"i","_ResourceId":"r","TimeGenerated":"1999-01-01","EventId":"e","Instance":"n","RawData":"d","AdditionalFields":{"a":1}',
    {
      row: {
        EventId: 'x',
        Type: 'HostileEvents_CL',
        AdditionalFields: {
          TenantId: 't',
          Type: 'y',
          _ItemId: 'i',
          _ResourceId: 'r',
          TimeGenerated: '1999-01-01',
          EventId: 'e',
          Instance: 'n',
          RawData: 'd',
          AdditionalFields: { a: 1 },
        },
      },
    },
  ),
  'keys of the prototype': between(
    '"__proto__":{"name":"x"},"constructor":{"y":1},"toString":"z","name":"a"',
    {
      row: {
        Name: 'a',
        AdditionalFields: JSON.parse(
          '{"__proto__":{"name":"x"},"constructor":{"y":1},"toString":"z"}',
        ) as object,
      },
    },
  ),
  'empty and odd keys': between('"":1," ":2,"a.b":3,"$":4,"[0]":5,"a\\nb":6', {
    row: { AdditionalFields: { '': 1, ' ': 2, 'a.b': 3, $: 4, '[0]': 5, 'a\nb': 6 } },
  }),
  'times out of range': {
    body: () =>
      `[${[
        '9999-12-31T23:59:59Z',
        '1601-01-01T00:00:00Z',
        '0000-01-01T00:00:00Z',
        '+275760-09-13T00:00:00Z',
        '2026-02-30T00:00:00Z',
      ]
        .map((at, i) => `{"id":"t${i}","at":"${at}","happened":"${at}"}`)
        .join()},{"id":"t5","at":-1,"happened":1e300},{"id":"x","at":0,"name":"c"}]`,
    expected: { accepted: 7, drifted: 5, row: { Name: 'c', EventTime: null } },
  },
  'two values after one another': refused(
    () => `[${before}][${after}]`,
    'ContractError',
    'is not whole JSON',
  ),
  'one object a line': refused(() => `${before}\n${after}\n`, 'ContractError', 'is not whole JSON'),
  'half an answer': refused(() => `[${before},{"id":`, 'ContractError', 'is not whole JSON'),
  'text in UTF-16': refused(
    () => Buffer.from(`\ufeff[${before}]`, 'utf16le'),
    'ContractError',
    'is not whole JSON',
  ),
  'a web page': refused(() => '<!doctype html><p>Sign in', 'ContractError', 'is a web page'),
  'nothing at all': refused(() => '', 'ContractError', 'is empty'),
  'an object without an array': refused(() => '{"message":"ok"}', 'ContractError', 'there is no array'),
};
