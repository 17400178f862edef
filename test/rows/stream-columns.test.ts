import type { Json } from '../../shared/contract/json';
import { SettingError } from '../../shared/contract/errors';
import {
  adaptToStream,
  adaptToStreams,
  keepInAdditionalFields,
  unacceptedBy,
  onlyKnownStreams,
  streamColumnsAfter,
  acceptedAt,
} from '../../shared/rows/stream-columns';
import { fakeClock } from '../fakes/fake-clock';
import { memorySink } from '../fakes/memory-sink';
import { SAMPLE_TABLE } from '../fakes/scripted-source';

const NOW = new Date('2026-11-21T12:00:00Z');
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

test('a new column of a stream is used half an hour later, one of a new stream at once', () => {
  const before = streamColumnsAfter({ streamColumns: { a_s: 'string' }, streamAdded: [] }, undefined, NOW);
  expect(acceptedAt(before, NOW)).toEqual(new Set(['a_s']));
  const wider = { streamColumns: { a_s: 'string', b_s: 'string' } as const, streamAdded: ['b_s'] };
  const after = streamColumnsAfter(wider, before, NOW);
  expect(acceptedAt(after, later(29))).toEqual(new Set(['a_s']));
  expect(acceptedAt(after, later(30))).toEqual(new Set(['a_s', 'b_s']));
  // Requested again meanwhile, after the stream got it: the half hour stays.
  const again = streamColumnsAfter({ ...wider, streamAdded: [] }, after, later(10));
  expect(acceptedAt(again, later(11))).toEqual(new Set(['a_s']));
});

test('unaccepted columns are in AdditionalFields under the column’s name, beside its other members', () => {
  const row: Record<string, Json> = { TimeGenerated: 't', a_s: 'x', b_d: 2, AdditionalFields: { long: 1 } };
  keepInAdditionalFields(row, unacceptedBy(new Set(['TimeGenerated', 'AdditionalFields', 'a_s'])));
  expect(row).toEqual({ TimeGenerated: 't', a_s: 'x', AdditionalFields: { long: 1, b_d: 2 } });
});

test('a column with the name of a member of AdditionalFields is put beside it', () => {
  const row: Record<string, Json> = { a_s: 'column', AdditionalFields: { a_s: 'property' } };
  keepInAdditionalFields(row, unacceptedBy(new Set(['AdditionalFields'])));
  expect(row).toEqual({ AdditionalFields: { a_s: 'property', 'a_s-': 'column' } });
});

test.each([
  ['the stream accepts it whole', new Set(['AdditionalFields', 'a_s'])],
  ['the columns of the stream are unknown', undefined],
  ['the stream has no AdditionalFields', new Set(['b_s'])],
])('a row is not changed where %s', (_, taken) => {
  const row: Record<string, Json> = { a_s: 'x' };
  expect(keepInAdditionalFields(row, unacceptedBy(taken))).toEqual([]);
  expect(row).toEqual({ a_s: 'x' });
});

describe('a sink that knows the columns of streams', () => {
  const clock = fakeClock();
  const streamsOf = (known: Record<string, readonly string[]>) => {
    const asked: string[] = [];
    const since = '2026-01-01T00:00:00Z';
    return {
      asked,
      streams: {
        async read(table: string) {
          asked.push(table);
          const columns = known[table]?.map((name) => [name, since] as const);
          return columns && { version: 1 as const, columns: Object.fromEntries(columns) };
        },
        write: () => Promise.reject(new Error('nothing is written here')),
      },
    };
  };

  test('reads the columns once for each table, and moves what each does not accept', async () => {
    const { asked, streams } = streamsOf({
      Sample_CL: ['AdditionalFields'],
      Late_CL: ['AdditionalFields', 'Name'],
    });
    const left = new Set<string>();
    const tools = { clock, left, streams };
    const { adapt } = await adaptToStreams(memorySink(), ['Sample_CL', 'Late_CL'], tools);
    const rows = ['Sample_CL', 'Sample_CL', 'Late_CL'].map((name) => {
      const row: Record<string, Json> = { Name: 'a' };
      adapt?.({ ...SAMPLE_TABLE, name }, row);
      return row;
    });
    const moved = { AdditionalFields: { Name: 'a' } };
    expect(rows).toEqual([moved, moved, { Name: 'a' }]);
    expect([...left]).toEqual(['Name']);
    expect(asked).toEqual(['Sample_CL', 'Late_CL']);
  });

  test('changes no row of a table whose columns are unknown', async () => {
    const { asked, streams } = streamsOf({});
    const tools = { clock, left: new Set<string>(), streams };
    const { adapt } = await adaptToStreams(memorySink(), ['Sample_CL', undefined], tools);
    const row: Record<string, Json> = { Name: 'a' };
    adapt?.(SAMPLE_TABLE, row);
    expect([row, asked]).toEqual([{ Name: 'a' }, ['Sample_CL']]);
  });

  test('is used unchanged, without reading columns, where it creates columns itself', async () => {
    const { asked, streams } = streamsOf({ Sample_CL: ['AdditionalFields'] });
    const sink = { ...memorySink(), name: 'data-collector' as const };
    expect(await adaptToStreams(sink, ['Sample_CL', 'Late_CL'], { clock, left: new Set(), streams })).toBe(
      sink,
    );
    expect(asked).toEqual([]);
  });

  test('reports no column name that comes from a record', () => {
    const left = new Set<string>();
    const { adapt } = adaptToStream(
      memorySink(),
      new Map([['App_CL', unacceptedBy(new Set(['AdditionalFields']))]]),
      left,
    );
    const row: Record<string, Json> = { secret_s: 'x' };
    adapt?.({ name: 'App_CL', time: 't', classic: true, columns: {} }, row);
    expect([row, left.size]).toEqual([{ AdditionalFields: { secret_s: 'x' } }, 0]);
  });
});

test('nothing is sent to a stream whose columns are unknown', async () => {
  const sink = memorySink();
  const table = { name: 'App_CL', time: 't', columns: {} };
  const sending = onlyKnownStreams(sink, undefined).send(table, { count: 1, body: Buffer.from('[{}]') });
  await expect(sending).rejects.toMatchObject({ missing: 'stream' });
  await expect(sending).rejects.toThrow(SettingError);
  await expect(sending).rejects.toThrow('npx tributary tables --apply App_CL');
  const settling = onlyKnownStreams(sink, new Set(['a_s'])).send(table, {
    count: 1,
    body: Buffer.from('[{}]'),
  });
  await expect(settling).rejects.toThrow('does not accept AdditionalFields yet');
  expect(sink.batches).toEqual([]);
  expect(onlyKnownStreams(sink, new Set(['AdditionalFields']))).toBe(sink);
});
