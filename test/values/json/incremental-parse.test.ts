import fc from 'fast-check';
import { parse as parseLossless } from 'lossless-json';
import type { Json } from '../../../shared/contract/json';
import { readNumber } from '../../../shared/values/json/number';
import { findNumeral, numberKind, numeral } from '../../../shared/values/json/number-kind';
import { parseJson, stringifyJson } from '../../../shared/values/json/json';
import { runCooperatively } from '../../../shared/values/cooperative';
import { isNumberAsText } from '../../../shared/values/json/number-as-text';
import { FIRST_STAND_IN } from '../../../shared/values/json/parse-piece';
import { parseInPieces, readJson } from '../../../shared/values/json/incremental-parse';

const BOUNDS = { maxDepth: 1_000, maxContainers: 10_000 };

/** Parses in pieces of this many bytes. */
function inSmall(text: string, pieceBytes: number): Json {
  const work = readJson(Buffer.from(text), BOUNDS, pieceBytes);
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

/** The value of a text by another parser. */
function expected(text: string): Json {
  JSON.parse(text);
  return parseLossless(text, undefined, {
    parseNumber: readNumber,
    onDuplicateKey: ({ newValue }) => newValue,
  }) as Json;
}

/** The same, or that the parser refuses it. */
function outcome(parse: () => Json): string {
  try {
    return stringifyJson(parse());
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(10n ** 70n), max: 10n ** 70n }).map(String),
  fc.tuple(fc.integer(), fc.stringMatching(/^\d{1,30}$/)).map(([whole, digits]) => `${whole}.${digits}`),
  fc.tuple(fc.integer(), fc.integer({ min: -400, max: 400 })).map(([whole, power]) => `${whole}e${power}`),
  fc.constantFrom(
    '-0',
    '-0.0',
    '0e5',
    '1e400',
    '-1e-400',
    '-9007199254740994',
    '-9.007199254740996e15',
    `-${FIRST_STAND_IN}`,
    `-${FIRST_STAND_IN + 1}.0`,
    `-${(FIRST_STAND_IN + 2).toExponential()}`,
    `-${FIRST_STAND_IN}.5`,
    '0.1000000000000000055511151231257827021181583404541015625',
    '0.1000000000000000055511151231257827021181583404541015635',
    '1E+2',
    '-5e-324',
  ),
);
const name = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'a', '1', `-${FIRST_STAND_IN}`, '", 12345678901234567'),
);
const { value: document } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    number,
    fc.oneof(fc.string({ unit: 'grapheme' }), name).map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null', '[]', '{}', ' [ ] ', '"\\ud83d\\u0022\\\\"'),
    fc.array(tie('value')).map((items) => `[${items.join(' , ')}]`),
    fc
      .array(fc.tuple(name, tie('value')))
      .map((members) => `{${members.map(([key, one]) => `${JSON.stringify(key)}:${one}`).join(',\n')}}`),
  ),
}));

describe('a text parsed in pieces', () => {
  test('has the value that another parser reads, whatever the size of the pieces', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 40 }), (text, pieceBytes) => {
        expect(outcome(() => inSmall(text, pieceBytes))).toBe(outcome(() => expected(text)));
        expect(outcome(() => parseJson(text))).toBe(outcome(() => expected(text)));
      }),
      { numRuns: 500 },
    );
  });

  test('is refused where the engine’s own parser refuses it', () => {
    const wrong = fc
      .tuple(
        document,
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '-', '0', 'e', '.', '1', ' ', '\\', ''),
      )
      .map(([text, at, cut, put]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + cut);
      });
    fc.assert(
      fc.property(wrong, fc.integer({ min: 1, max: 12 }), (text, pieceBytes) => {
        fc.pre(Buffer.from(text).toString() === text);
        expect(outcome(() => inSmall(text, pieceBytes))).toBe(outcome(() => expected(text)));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    '[ , 1]',
    '[     , 1]',
    '[[     , 1]]',
    '{     , "a":1}',
    '[1,     ]',
    '[1     , , 1]',
    '{"a":1,     }',
    '     , 1',
  ])('a comma with nothing beside it is refused: %s', (text) => {
    for (const pieceBytes of [1, 2, 4, 100]) expect(() => inSmall(text, pieceBytes)).toThrow(SyntaxError);
  });

  test.each([
    '[1{"a":"bbbbbb"}]',
    '[1e{"a":"bbbbbb"}]',
    '[{"a":"bbbbbb"}5]',
    '[-{"a":"bbbbbb"}]',
    '{{"a":"bbbbbb"}:1}',
  ])('a container that is parsed on its own is not joined with its neighbours: %s', (text) => {
    expect(() => inSmall(text, 4)).toThrow(SyntaxError);
  });

  test.each([
    ['[[[]]]', { maxDepth: 2, maxContainers: 9 }, 'nested too deeply'],
    ['[[],[],[]]', { maxDepth: 9, maxContainers: 3 }, 'too many objects'],
  ])('%s is more than %p', async (text, bounds, why) => {
    await expect(parseInPieces(Buffer.from(text), bounds)).rejects.toThrow(why);
  });

  test('an object of several pieces with more members than its limit is refused', async () => {
    const text = `{${Array.from({ length: 40_000 }, (_, i) => `"${i}":"${i}"`).join(',')}}`;
    const bounds = { maxDepth: 9, maxContainers: 9 };
    await expect(parseInPieces(Buffer.from(text), { ...bounds, maxMembers: 39_999 })).rejects.toThrow(
      'too many members',
    );
    expect(await parseInPieces(Buffer.from(text), { ...bounds, maxMembers: 40_000 })).toBeDefined();
  });

  test.each([
    ['alone', (name: string) => `[{"${name}":1}]`],
    ['behind another piece', (name: string) => `[{"a":"${'x'.repeat(200_000)}","${name}":1}]`],
    ['at the end of a piece', (name: string) => `[{"a":"${'x'.repeat(100_000)}","${name}" \n :1}]`],
  ])('a name of 64 KB is read, and a longer one is refused: %s', async (_, body) => {
    const [allowed, tooLong] = ['n'.repeat(64 * 1024), 'n'.repeat(64 * 1024 + 1)];
    const [record] = (await parseInPieces(Buffer.from(body(allowed)))) as [Record<string, Json>];
    expect(record[allowed]).toBe(1);
    await expect(parseInPieces(Buffer.from(body(tooLong)))).rejects.toThrow('a name is too long');
    expect(() => inSmall(body(tooLong), 100)).toThrow('a name is too long');
  });

  test('a string of many pieces is whole, and is not marked as a number', () => {
    const text = 'é\\n\\\\'.repeat(50_000);
    const body = `[{"a":"${text}","b":["${text}"]},"${text}"]`;
    const value = inSmall(body, 10_000);
    expect(value).toEqual(JSON.parse(body));
    expect(isNumberAsText((value as readonly object[])[0] as object, 'a')).toBe(false);
  });

  test('a string is cut in no escape and in no character', () => {
    const unit = fc.constantFrom(
      ...['a', 'é', '€', '😀', 'u', '1'],
      ...['\\\\', '\\"', '\\n', '\\u0041', '\\ud83d\\ude00', '\\ud800'],
    );
    const texts = fc.array(unit, { minLength: 20, maxLength: 200 }).map((units) => units.join(''));
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 12 }), (text, pieceBytes) => {
        const body = `[{"a":"${text}"},"${text}"]`;
        expect(inSmall(body, pieceBytes)).toEqual(JSON.parse(body));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    '["aaaaaaaaaaaaaaaaaaaa" "b"]',
    '{"a" "aaaaaaaaaaaaaaaaaaaaaa"}',
    '{"aaaaaaaaaaaaaaaaaaaaaaaaaa"}',
    '[1"aaaaaaaaaaaaaaaaaaaaaaaaa"]',
    '["aaaaaaaaaaaaaaaaaaaaaaaaa"1]',
    '["aaaaaaaaaaaaaaaaaaa\\x"]',
    '["aaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '["aaaaaaaaaaaaa\n"]',
  ])('a string that is read in pieces must be valid JSON, and so must its neighbours: %j', (text) => {
    for (const pieceBytes of [1, 2, 3, 4, 5]) expect(() => inSmall(text, pieceBytes)).toThrow(SyntaxError);
  });

  test.each([[[0x22, 0xff, 0x22]], [[0x22, 0xc3, 0x22]], [[0x22, 0xed, 0xa0, 0x80, 0x22]]])(
    'bytes that are not UTF-8 are refused, never replaced: %p',
    async (bytes) => {
      await expect(parseInPieces(Uint8Array.from(bytes))).rejects.toThrow(TypeError);
    },
  );

  test('a byte order mark is skipped', async () => {
    expect(await parseInPieces(Buffer.from('\ufeff[1]'))).toEqual([1]);
  });

  test('a list of several pieces keeps numbers, objects and texts in order', () => {
    const elements = Array.from({ length: 300 }, (_, at) =>
      at % 100 === 99 ? '"x"' : at < 150 ? `${at}.5` : at > 250 ? '{}' : String(at),
    );
    const text = `[${elements.join(',')}]`;
    expect(inSmall(text, 40)).toEqual(JSON.parse(text));
  });

  test('other work continues while a long one is parsed', async () => {
    const text = Buffer.from(`[${'{"id":12345678901234567,"text":"a"},'.repeat(40_000)}0]`);
    let turns = 0;
    let isDone = false;
    const other = (): void => {
      turns++;
      if (!isDone) setImmediate(other);
    };
    setImmediate(other);
    const value = (await parseInPieces(text)) as readonly Json[];
    isDone = true;
    expect([value.length, value[7]]).toEqual([40_001, { id: 12345678901234567n, text: 'a' }]);
    expect(turns).toBeGreaterThan(text.length / (1024 * 1024));
  });

  test('work that fails in a later piece rejects', async () => {
    await expect(parseInPieces(Buffer.from(`[${'1,'.repeat(200_000)}]`))).rejects.toThrow(SyntaxError);
    const work = (function* (): Generator<undefined, number, undefined> {
      yield;
      return 7;
    })();
    expect(await runCooperatively(work)).toBe(7);
  });
});

describe('a number', () => {
  test.each<[string, number | bigint | string | undefined]>([
    ['0', 0],
    ['-0', '-0'],
    ['-0.00', '-0.00'],
    ['0.0e7', 0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9'.repeat(64), BigInt('9'.repeat(64))],
    [`-${'9'.repeat(65)}`, `-${'9'.repeat(65)}`],
    ['1e400', '1e400'],
    ['1e-400', '1e-400'],
    ['0.1', 0.1],
    ['0.10000000000000001', 0.1],
    ['0.30000000000000004', 0.30000000000000004],
    ['3.14159265358979323846', '3.14159265358979323846'],
    ['0.1000000000000000055511151231257827021181583404541015625', 0.1],
    ['1.50000000000000000000000000', 1.5],
    ['12345678901234567890.5', '12345678901234567890.5'],
    ['01', undefined],
    ['1.', undefined],
    ['--1', undefined],
  ])('%s', (text, value) => {
    expect(readNumber(text)).toBe(value);
  });

  test('is a double only where the double keeps all its digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = JSON.stringify(value);
        expect(readNumber(text)).toBe(
          Number.isInteger(value) && !/[.e]/.test(text) && !Number.isSafeInteger(value)
            ? BigInt(text)
            : value + 0,
        );
      }),
    );
  });

  test('that stayed text is distinguished from a text', () => {
    const value = parseJson('{"a":1e400,"b":"1e400","c":12345678901234567,"d":[1e400]}') as { d: object };
    expect(['a', 'b', 'c', 'd'].map((key) => isNumberAsText(value, key))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(value.d).toEqual(['1e400']);
  });
});

describe('the type of a number', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  const digits = fc.stringMatching(/^\d{1,40}$/);
  const text = fc.oneof(
    number,
    double.map(String),
    fc.tuple(double, fc.integer({ min: 0, max: 60 })).map(([value, more]) => value.toExponential(more)),
    fc.tuple(double, fc.integer({ min: 15, max: 40 })).map(([value, more]) => value.toPrecision(more)),
    fc
      .tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.nat(40))
      .map(([value, more]) => value.toFixed(more)),
    fc
      .tuple(digits, digits, fc.integer({ min: -345, max: 325 }))
      .map(([whole, more, power]) => `${Number(whole[0])}.${more}e${power}`),
    fc.tuple(digits, digits).map(([whole, more]) => `-${whole}.${more}`),
    fc.tuple(fc.nat(9), digits).map(([first, more]) => `0.${'0'.repeat(first)}${more}`),
    // A number starts at a digit or `-`.
    fc.stringMatching(/^[-\d][-+.eE\d]{0,11}$/),
  );
  const KINDS = { undefined: 'plain', number: 'plain', bigint: 'integer', string: 'text' } as const;
  const expectedKind = (of: string): string => KINDS[typeof readNumber(of) as keyof typeof KINDS];
  const kindOf = (of: string): string => {
    findNumeral(Buffer.from(of), 0);
    return numeral.end < of.length ? 'plain' : numberKind(Buffer.from(of), 0);
  };

  test('is what parsing it makes, or unsure', () => {
    fc.assert(
      fc.property(text, (of) => {
        expect([expectedKind(of), 'unsure']).toContain(kindOf(of).replace('number', 'plain'));
      }),
      { numRuns: 5_000 },
    );
  });

  test('of 17 digits, as programs print doubles, is known without parsing it', () => {
    fc.assert(
      fc.property(double, fc.integer({ min: 0, max: 16 }), (value, more) => {
        // Half a unit of its last digit away is the rounding border, which only exact arithmetic decides.
        const isBorder = new RegExp(`^-?\\d\\.?\\d{${more}}50*e`).test(value.toExponential(60));
        fc.pre(Math.abs(value) < 1e308 && !isBorder);
        expect(kindOf(value.toExponential(more))).toBe(expectedKind(value.toExponential(more)));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['2.4703282292062327e-324', 'text'],
    ['2.4703282292062328e-324', 'text'],
    ['5e-324', 'plain'],
    ['4.9e-324', 'plain'],
    ['2.2250738585072014e-308', 'plain'],
    ['2.225073858507201e-308', 'plain'],
    ['1.7976931348623157e308', 'plain'],
    ['1.9e308', 'text'],
    ['1e309', 'text'],
    ['0.12345678901234567', 'text'],
    ['0.12345678901234568', 'plain'],
    ['9007199254740992.0', 'plain'],
    ['-9.007199254740996e15', 'plain'],
    [`-${FIRST_STAND_IN}`, 'number'],
    [`-${(FIRST_STAND_IN + 999_999).toExponential()}`, 'number'],
    [`-${FIRST_STAND_IN - 1}`, 'plain'],
    [`${FIRST_STAND_IN}`, 'plain'],
    [`-${FIRST_STAND_IN / 10}`, 'plain'],
    ['0.1000000000000000055511151231257827021181583404541015625', 'unsure'],
    ['1e99999999999999999999', 'text'],
    ['0e99999999999999999999', 'plain'],
  ])('%s: %s', (of, kind) => {
    expect(kindOf(of)).toBe(kind);
    expect([expectedKind(of), 'unsure']).toContain(kind.replace('number', 'plain'));
  });
});
