import fc from 'fast-check';
import type { Json } from '../../../shared/contract/json';
import { runToEnd } from '../../../shared/values/cooperative';
import { stringifyDeep } from '../../../shared/values/json/json';
import { readJson } from '../../../shared/values/json/incremental-parse';
import {
  hasInvalidUtf8,
  escapeInvalidBytes,
  noteInvalidUtf8,
} from '../../../shared/values/json/invalid-utf8';

const read = (bytes: Uint8Array): Json =>
  runToEnd(noteInvalidUtf8(runToEnd(readJson(runToEnd(escapeInvalidBytes(bytes))))));

test('no byte in a string is lost, and valid UTF-8 stays unchanged', () => {
  const bytesOf = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(bytesOf), (parts) => {
      const bytes = Buffer.concat(parts).filter((byte) => byte > 0x1f && byte !== 0x22 && byte !== 0x5c);
      const text = read(Buffer.concat([Buffer.from('"'), bytes, Buffer.from('"')])) as string;
      const back = Array.from(text, (character) => {
        const code = character.codePointAt(0) as number;
        return code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(character);
      });
      expect(Buffer.concat(back)).toEqual(Buffer.from(bytes));
    }),
  );
});

test('a record with an invalid byte is distinguished from its neighbours', () => {
  const wrong = Buffer.concat([Buffer.from('{"name":["a'), Buffer.from([0xff]), Buffer.from('"]}')]);
  const text = Buffer.concat([
    Buffer.from('{"items":[{"id":1},'),
    wrong,
    Buffer.from(',{"id":"\u{1f480}"}]}'),
  ]);
  const { items } = read(text) as { items: readonly object[] };
  expect(items.map(hasInvalidUtf8)).toEqual([false, true, false]);
  expect(stringifyDeep(items[1] as Json)).toBe('{"name":["a\\udcff"]}');
});
