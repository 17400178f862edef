import { SettingError } from '../../../shared/contract/errors';
import type { JsonObject } from '../../../shared/contract/json';
import { openDeliveredFiles } from '../../../shared/kit/objects/delivered-files';

test('the position contains which files were delivered, and how much of another one', () => {
  const files = openDeliveredFiles(null);
  files.advance('a', 10);
  files.advance('b', 5);
  files.finish('a');
  const again = openDeliveredFiles(files.position());
  expect(['a', 'b', 'c'].map((file) => again.isDelivered(file))).toEqual([true, false, false]);
  expect(['a', 'b', 'c'].map((file) => again.recordsOf(file))).toEqual([0, 5, 0]);
  expect(again.position()).toEqual(files.position());
});

test('the position stays far below the largest checkpoint, and forgets the oldest files', () => {
  const files = openDeliveredFiles(null);
  for (let at = 0; at < 2_000; at++) {
    files.finish(`delivered ${at}`);
    files.advance(`open ${at}`, at);
  }
  expect(Buffer.byteLength(JSON.stringify(files.position()))).toBeLessThan(15_000);
  expect([files.isDelivered('delivered 1999'), files.isDelivered('delivered 1500')]).toEqual([true, true]);
  expect([files.isDelivered('delivered 1000'), files.recordsOf('open 1000')]).toEqual([false, 0]);
});

test('a file that comes again stays among the newest', () => {
  const files = openDeliveredFiles(null);
  for (let at = 0; at < 512; at++) files.finish(String(at));
  files.finish('0');
  files.finish('512');
  expect([files.isDelivered('0'), files.isDelivered('1')]).toEqual([true, false]);
});

test.each<[string, JsonObject]>([
  ['written by another pull', { cursor: 'x' }],
  ['half of a hash', { delivered: 'AAAA', open: [] }],
  ['not Base64', { delivered: '!', open: [] }],
  ['not a list', { delivered: '', open: {} }],
  ['a negative count', { delivered: '', open: [['a', -1]] }],
  ['no count', { delivered: '', open: [['a']] }],
])('a position that was never written is damaged: %s', (_, checkpoint) => {
  expect(() => openDeliveredFiles(checkpoint)).toThrow(SettingError);
});
