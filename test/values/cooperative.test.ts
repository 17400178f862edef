import { joinBytes, runToEnd } from '../../shared/values/cooperative';

describe('joinBytes', () => {
  test.each([[[]], [['', 'a', '']], [['a', 'bc', 'd'.repeat(100)]]])(
    'joins %j',
    (texts: readonly string[]) => {
      expect(runToEnd(joinBytes(texts.map((text) => Buffer.from(text)))).toString()).toBe(texts.join(''));
    },
  );

  test.each([
    ['one long piece', [Buffer.alloc(5_000_001, 'abcdefg')]],
    ['many short pieces', Array.from({ length: 50_000 }, (_, at) => Buffer.from(String(at).padStart(100)))],
  ])('pauses after each megabyte of %s', (_, pieces) => {
    const work = joinBytes(pieces);
    let pauses = 0;
    let step = work.next();
    for (; step.done !== true; step = work.next()) pauses++;
    expect(step.value.equals(Buffer.concat(pieces))).toBe(true);
    expect(pauses).toBe(4);
  });
});
