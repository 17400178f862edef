import { isWithin } from '../../shared/kit/json-size';

const within = (text: string): boolean => isWithin({ maxDepth: 3, maxContainers: 5 }, Buffer.from(text));

test.each([
  '',
  '1',
  '[[[]]]',
  '{"a":{"b":[1,2,3]}}',
  '["[[[[[[[","{{{{{{"]',
  '["\\"[[[[[["]',
  '["\\\\",[[]]]',
])('%p is within its bounds', (text) => {
  expect(within(text)).toBe(true);
});

test.each(['[[[[', '{"a":[{"b":[]}]}', '[[],[],[],[],[]]', '["\\\\",[[[]]]]'])('%p is not', (text) => {
  expect(within(text)).toBe(false);
});
