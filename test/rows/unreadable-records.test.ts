import type { PullSource, RawRecord } from '../../shared/contract/connector';
import { isBalanced } from '../../shared/contract/checkpoint';
import { compileDrift } from '../../shared/rows/drift';
import { pullHarness } from '../fakes/pull-harness';
import { event, NO_ID_TABLE, SAMPLE_TABLE } from '../fakes/scripted-source';

/* A connector's code may yield any objects, such as an SDK's with accessors, or proxies. */

const boom = (): never => {
  throw new Error('boom');
};

/** An event with one more, or one other, member. */
function withMember(name: string, get: () => unknown, more: object = {}): RawRecord {
  const record = { ...(event('b', 1) as object), ...more };
  return Object.defineProperty(record, name, { get, enumerable: true });
}

const gone = Proxy.revocable({}, {});
gone.revoke();

const UNREADABLE: Readonly<Record<string, RawRecord>> = {
  'whose time throws': withMember('at', boom),
  'whose id throws': withMember('id', boom),
  'of which a column throws': withMember('name', boom),
  'of which what is left over throws': withMember('other', boom),
  'of which a member in its depth throws': withMember('x', () => [withMember('other', boom)]),
  'of which an element throws': withMember('x', () => Object.defineProperty([1, 2], 0, { get: boom })),
  'that is large and throws': withMember('other', boom, { text: 'x'.repeat(300_000) }),
  'that throws nothing': withMember('name', () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- anything can be
    throw null;
  }),
  'that throws what has no text': withMember('name', () => {
    throw Object.create(null);
  }),
  'with a proxy that is gone': withMember('x', () => gone.proxy),
};

/** A source in code that yields a record between two others. */
function giving(record: RawRecord, parts: Partial<PullSource>): PullSource {
  return {
    table: SAMPLE_TABLE,
    async *pull({ checkpoint }) {
      if (checkpoint !== null) return;
      yield { records: [event('a'), record, event('c', 2)], checkpoint: { done: true }, last: true };
    },
    toRow: (of) => ({ Name: `${(of as { name: string }).name}!` }),
    keep: (of) => (of as { name: string }).name !== 'x',
    ...parts,
  };
}

describe.each([
  ['with ids', {}],
  ['without ids', { table: NO_ID_TABLE }],
  ['in windows', { window: { lag: { minMs: 60_000, maxMs: 300_000 } } }],
  ['whose changes are events', { updates: 'in-place' as const }],
])('read %s', (_, parts) => {
  test.each(Object.entries(UNREADABLE))(
    'a record %s affects only itself, and the reason is recorded',
    async (_, record) => {
      const harness = pullHarness();
      const report = await harness.run(giving(record, parts));
      expect(report).toMatchObject({ outcome: 'caught-up', accepted: 2, deadLettered: 1 });
      const [letter, ...others] = harness.deadLetters.letters;
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        cause: 'not-encodable',
        detail: expect.stringMatching(/^reading the record: .+\. Yield records whose members can be read$/),
      });
      expect(JSON.parse(letter!.record)).toMatchObject({
        id: letter!.record.includes('"id":null') ? null : 'b',
      });
    },
  );

  test.each([1, 2, 3, 5, 8])(
    'a record that throws after it was read %i times is a row or a dead letter',
    async (times) => {
      let left = times;
      const harness = pullHarness();
      const report = await harness.run(
        giving(
          withMember('name', () => (left-- > 0 ? 'b' : boom())),
          parts,
        ),
      );
      expect(report).toMatchObject({ outcome: 'caught-up', fetched: 3 });
      expect(isBalanced(report)).toBe(true);
      expect(report.accepted + report.deadLettered).toBe(3);
    },
  );
});

test.each(Object.entries(UNREADABLE))(
  'drift of a record %s is reported as far as it can be read',
  (_, record) => {
    expect(Array.isArray(compileDrift({ table: SAMPLE_TABLE })(record))).toBe(true);
  },
);
