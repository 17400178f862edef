import type { Json } from '../../../shared/contract/json';
import { ndjsonReader } from '../../../shared/kit/formats/ndjson';
import { readChunks } from '../../../shared/kit/formats/record-reader';
import { hasInvalidUtf8 } from '../../../shared/values/json/invalid-utf8';
import { collected, cutEvery } from '../../fakes/chunks';

const read = (text: string | Uint8Array, size = 3): Promise<Json[]> =>
  collected(readChunks(ndjsonReader(), cutEvery(text, size)));

describe('NDJSON', () => {
  test('lines become records, wherever the chunks are cut', async () => {
    const text = '{"id":12345678901234567890,"t":"é😀"}\r\n{"b":[1.50]}\n \n{"__proto__":1}';
    const expected = [
      { id: 12345678901234567890n, t: 'é😀' },
      { b: [1.5] },
      Object.fromEntries([['__proto__', 1]]),
    ];
    for (const size of [1, 2, 7, 1_000]) expect(await read(text, size)).toEqual(expected);
  });

  test('a byte order mark, and a body without a line, are read', async () => {
    expect(await read('\ufeff{"a":1}\n')).toEqual([{ a: 1 }]);
    expect(await read('')).toEqual([]);
    expect(await read('\n \r\n')).toEqual([]);
  });

  test('a damaged line affects only itself', async () => {
    expect(await read('{"a":1}\n{"a":\n{"a":3}\n')).toEqual([{ a: 1 }, '{"a":', { a: 3 }]);
  });

  test('a line that is too long is never held whole, and affects only itself', async () => {
    const long = `{"a":"${'x'.repeat(17 * 1024 * 1024)}"}`;
    const [first, second, third] = await read(`{"a":1}\n${long}\n{"a":3}\n`, 64 * 1024);
    expect([first, third]).toEqual([{ a: 1 }, { a: 3 }]);
    expect(second).toBe(long.slice(0, 64 * 1024));
  });

  test('a long line is read in pieces', async () => {
    const record = { a: 'x'.repeat(300_000), n: 12345678901234567890n };
    expect(await read(`{"a":"${record.a}","n":12345678901234567890}\n`, 64 * 1024)).toEqual([record]);
  });

  test('a byte that is not UTF-8 is kept, and its record is marked', async () => {
    const line = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    const [record] = await read(line);
    expect(record).toEqual({ a: '\udcff' });
    expect(hasInvalidUtf8(record as object)).toBe(true);
  });

  test('a body that was cut off, or is of another kind, is an error', async () => {
    await expect(read('{"a":1}\n{"a":')).rejects.toThrow('its last line is cut off');
    await expect(read('Internal error\n')).rejects.toThrow('none of its lines is a JSON object');
    await expect(read('{\n  "error": "x"\n}')).rejects.toThrow('none of its lines is a JSON object');
    await expect(read('"text"\nx')).rejects.toThrow('none of its lines is a JSON object');
  });
});
