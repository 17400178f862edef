import type { CsvFormat } from '../../../shared/contract/format';
import type { Json } from '../../../shared/contract/json';
import { readCsv } from '../../../shared/kit/formats/csv';
import { hasInvalidUtf8 } from '../../../shared/values/json/invalid-utf8';
import { collected, cutEvery } from '../../fakes/chunks';

const read = (
  text: string | Uint8Array,
  format: CsvFormat = {},
  size = 3,
  needed?: string,
): Promise<Json[]> => collected(readCsv(cutEvery(text, size), format, needed));

describe('CSV', () => {
  test('rows become records of text, wherever the chunks are cut', async () => {
    const text =
      'time,name,n\r\n2026-11-01,"Müller, ""Bob""\nJr.",12345678901234567890\r\n2026-11-02,😀,007\r\n';
    const expected = [
      { time: '2026-11-01', name: 'Müller, "Bob"\nJr.', n: '12345678901234567890' },
      { time: '2026-11-02', name: '😀', n: '007' },
    ];
    for (const size of [1, 2, 5, 1_000]) expect(await read(text, {}, size)).toEqual(expected);
  });

  test('a byte order mark, blank lines, mixed line breaks and a last row without one are read', async () => {
    expect(await read('\ufeffa,b\n\n1,2\r\n\r\n3,4')).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ]);
  });

  test('an empty cell is left out, and a ragged row loses no cell', async () => {
    expect(await read('a,b,c\n1,,3\n4\n5,6,7,8\n')).toEqual([
      { a: '1', c: '3' },
      { a: '4' },
      { a: '5', b: '6', c: '7', column_4: '8' },
    ]);
  });

  test('a cell with the declared text for a missing value is left out', async () => {
    expect(await read('a b c\n1 - -3\n', { delimiter: ' ', missing: '-' })).toEqual([{ a: '1', c: '-3' }]);
  });

  test('columns without a name or with a duplicate name keep their values', async () => {
    expect(await read('a,,a,__proto__\n1,2,3,4\n')).toEqual([
      Object.fromEntries([
        ['a', '1'],
        ['column_2', '2'],
        ['column_3', '3'],
        ['__proto__', '4'],
      ]),
    ]);
  });

  test('declared columns, another delimiter and another quotation mark are used', async () => {
    const format = { columns: ['a', 'b'], delimiter: '¦', quote: "'" };
    expect(await read("1¦'x¦y'\n2¦z\n", format)).toEqual([
      { a: '1', b: 'x¦y' },
      { a: '2', b: 'z' },
    ]);
  });

  test('a quotation mark within a cell is text', async () => {
    expect(await read('a,b\n1,5" disk\n2,"x"y\n')).toEqual([
      { a: '1', b: '5" disk' },
      { a: '2', b: '"x"y' },
    ]);
  });

  test('a byte that is not UTF-8 is kept, and its record is marked', async () => {
    const records = await read(
      Buffer.concat([Buffer.from('a\n1\nb'), Buffer.from([0xff]), Buffer.from('\n')]),
    );
    expect(records).toEqual([{ a: '1' }, { a: 'b\udcff' }]);
    expect(records.map((record) => hasInvalidUtf8(record as object))).toEqual([false, true]);
  });

  test('an empty body and a header row alone have no records', async () => {
    expect(await read('')).toEqual([]);
    expect(await read('a,b\n', {}, 3, 'a')).toEqual([]);
  });

  test('a body of another kind is not a table', async () => {
    await expect(read('Internal error', {}, 3, 'time')).rejects.toThrow('its first row has no column time');
    await expect(read('Internal error', { columns: ['a', 'b'] })).rejects.toThrow('a single cell');
    await expect(read('a,b\n1,"x\n2,y\n')).rejects.toThrow('ends within a quotation');
  });

  test('a missing chunk fails the read', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a\n1\n');
      throw new Error('the connection is lost');
    };
    await expect(collected(readCsv(broken(), {}))).rejects.toThrow('the connection is lost');
  });
});
