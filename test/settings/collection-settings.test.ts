import type { RawRecord } from '../../shared/contract/connector';
import { compileDrop, parseRateShare, parseStart } from '../../shared/settings/collection-settings';

const NOW = new Date('2026-11-21T12:00:00.000Z');

describe('START', () => {
  test.each([
    [undefined, '2026-11-20T12:00:00.000Z'],
    ['', '2026-11-20T12:00:00.000Z'],
    ['  ', '2026-11-20T12:00:00.000Z'],
    ['now', '2026-11-21T12:00:00.000Z'],
    ['90m', '2026-11-21T10:30:00.000Z'],
    ['24h', '2026-11-20T12:00:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    [' 7d ', '2026-11-14T12:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00:00', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00+02:00', '2026-01-31T06:00:00.000Z'],
  ])('of %j begins at %s', (value, start) => {
    const problems: string[] = [];
    expect(parseStart('ACME_START', { ACME_START: value }, problems)(NOW).toISOString()).toBe(start);
    expect(problems).toEqual([]);
  });

  test.each(['yesterday', '-7d', '7', '7w', '2026-02-30', '2026', '1763720430'])(
    'of %s is a problem that says what to write',
    (value) => {
      const problems: string[] = [];
      parseStart('ACME_START', { ACME_START: value }, problems);
      expect(problems).toEqual([
        expect.stringMatching(/^ACME_START is not a time\. Write now, a span such as 24h/),
      ]);
    },
  );
});

describe('DROP', () => {
  test.each<[RawRecord, boolean]>([
    [{ severity: 'DEBUG' }, true],
    [{ severity: 'INFO' }, false],
    [{}, false],
    [null, false],
    ['DEBUG', false],
    [[{ severity: 'DEBUG' }], false],
  ])('is applied to one record, %j drops it: %s', (record, away) => {
    const drop = compileDrop('ACME_DROP', { ACME_DROP: " $[?@.severity == 'DEBUG'] " }, []);
    expect(drop?.(record)).toBe(away);
  });

  test('may search deep into a record', () => {
    const drop = compileDrop('ACME_DROP', { ACME_DROP: "$[?@.targets[?@.type == 'test']]" }, []);
    expect([drop?.({ targets: [{ type: 'test' }] }), drop?.({ targets: [] })]).toEqual([true, false]);
  });

  test.each([
    ['$[?@.targets[?@.id == 1]]', false],
    ['$[?@..id == 1]', false],
    ['$[?@.targets[*].id == 1]', false],
    ['$[?@.kind == 1]', true],
  ])('%s of a record with more than 100,000 members drops it: %s', (filter, away) => {
    const drop = compileDrop('ACME_DROP', { ACME_DROP: filter }, []);
    const targets = Array.from({ length: 60_000 }, () => ({ id: 1 }));
    expect(drop?.({ kind: 1, targets }) ?? false).toBe(away);
  });

  test.each([undefined, '', ' '])('of %j drops nothing', (value) => {
    expect(compileDrop('ACME_DROP', { ACME_DROP: value }, [])).toBeUndefined();
  });

  test.each([
    ['$[?@.severity ==]', /^ACME_DROP: reading the path/],
    ['severity', /^ACME_DROP is not a filter over one record/],
    ['$', /^ACME_DROP is not a filter over one record/],
    ['$[*]', /^ACME_DROP is not a filter over one record/],
    ['$.severity', /^ACME_DROP is not a filter over one record/],
  ])('of %s is a problem', (value, problem) => {
    const problems: string[] = [];
    expect(compileDrop('ACME_DROP', { ACME_DROP: value }, problems)).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});

describe('RATE_SHARE', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    [' 0.5 ', 0.5],
    ['.25', 0.25],
    ['1', 1],
  ])('of %j is %p', (value, share) => {
    const problems: string[] = [];
    expect([parseRateShare('ACME_RATE_SHARE', { ACME_RATE_SHARE: value }, problems), problems]).toEqual([
      share,
      [],
    ]);
  });

  test.each(['0', '1.5', '50%', '-1', 'half', '1e-1'])(
    'of %s is a problem that says what to write',
    (value) => {
      const problems: string[] = [];
      expect(parseRateShare('ACME_RATE_SHARE', { ACME_RATE_SHARE: value }, problems)).toBeUndefined();
      expect(problems).toEqual([
        'ACME_RATE_SHARE is not a share. Write a number above 0 and at most 1, such as 0.5.',
      ]);
    },
  );
});
