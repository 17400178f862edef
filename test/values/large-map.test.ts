import { createHash } from 'node:crypto';
import { largeMap } from '../../shared/values/large-map';

const hashOf = (at: number): string => createHash('sha256').update(String(at)).digest('hex');

test('it returns what was set last, for any text', () => {
  const map = largeMap<number>();
  const keys = [
    '',
    'a',
    'é',
    '\u{1f600}',
    'constructor',
    ...Array.from({ length: 5_000 }, (_, at) => hashOf(at)),
  ];
  for (const [at, key] of keys.entries()) map.set(key, at);
  map.set('a', -1);
  expect(keys.map((key) => map.get(key))).toEqual(keys.map((key, at) => (key === 'a' ? -1 : at)));
  expect([map.get('b'), map.has('b'), map.has('é')]).toEqual([undefined, false, true]);
  expect(new Map(map)).toEqual(new Map([...keys.entries()].map(([at, key]) => [key, key === 'a' ? -1 : at])));
});
