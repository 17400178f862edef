import { EMPTY_CHECKPOINT, EMPTY_LEDGER, isBalanced } from '../../shared/contract/checkpoint';
import type { PullContext, PullSource } from '../../shared/contract/connector';
import { SettingError, UnavailableError } from '../../shared/contract/errors';
import { textAt } from '../../shared/kit/value-at';
import { pullHarness, HARNESS_ID } from '../fakes/pull-harness';
import { event, SAMPLE_TABLE, scriptedSource, type Step } from '../fakes/scripted-source';

test('two pages are delivered, and the run reports them', async () => {
  const harness = pullHarness();
  const report = await harness.run(scriptedSource([[event('a', 1), event('b', 2)], [event('c', 3)]]));
  expect(report).toEqual({
    ...HARNESS_ID,
    ...EMPTY_LEDGER,
    runId: 'run-1',
    table: 'Sample_CL',
    pages: 2,
    fetched: 3,
    accepted: 3,
    drifted: 0,
    startedAt: '2026-11-21T12:00:00.000Z',
    durationMs: 0,
    outcome: 'caught-up',
    oldest: '2026-11-21T00:00:01.000Z',
    newest: '2026-11-21T00:00:03.000Z',
    coveredFrom: '2026-11-20T12:00:00.000Z',
    coveredTo: '2026-11-21T12:00:00.000Z',
  });
  expect(harness.delivered()).toEqual(['a', 'b', 'c']);
});

test('the checkpoint contains where to continue, the counts, and the ids at the newest time', async () => {
  const harness = pullHarness();
  await harness.run(
    scriptedSource([
      [event('a', 1), event('b', 2)],
      [event('c', 2), null],
    ]),
  );
  expect(await harness.stored()).toEqual({
    version: 1,
    position: { delivered: 2 },
    boundary: { time: '2026-11-21T00:00:02.000Z', ids: ['b', 'c'] },
    ledger: { ...EMPTY_LEDGER, fetched: 4, accepted: 3, deadLettered: 1 },
    startFrom: '2026-11-20T12:00:00.000Z',
    unfinished: false,
    savedAt: '2026-11-21T12:00:00.000Z',
  });
});

test('an idle run delivers nothing and writes nothing', async () => {
  const harness = pullHarness();
  const script = [[event('a')], [event('b')]];
  await harness.run(scriptedSource(script));
  const [before, writes] = [await harness.stored(), harness.checkpoints.saved.length];
  harness.clock.advance(300_000);
  expect(await harness.run(scriptedSource(script))).toMatchObject({
    ...EMPTY_LEDGER,
    pages: 0,
    outcome: 'caught-up',
  });
  expect([await harness.stored(), harness.checkpoints.saved.length]).toEqual([before, writes]);
});

test('an empty page that moves the position is saved; one that does not writes nothing', async () => {
  const harness = pullHarness();
  const pullTwice = async function* ({ checkpoint }: PullContext) {
    yield { records: [], checkpoint: checkpoint ?? { after: 'x', of: 1 } };
    yield { records: [], checkpoint: { of: 1, after: 'x' } };
  };
  await harness.run(scriptedSource([], { pull: pullTwice }));
  expect(harness.checkpoints.saved.map(({ position }) => position)).toEqual([
    null,
    { after: 'x', of: 1 },
    { after: 'x', of: 1 },
  ]);
  const writes = harness.checkpoints.saved.length;
  await harness.run(scriptedSource([], { pull: pullTwice }));
  expect(harness.checkpoints.saved).toHaveLength(writes);
});

test('the ledger adds up from run to run, and the report counts only its own run', async () => {
  const harness = pullHarness();
  const script: Step[] = [[event('a'), event('b')]];
  await harness.run(scriptedSource(script));
  script.push([event('c'), null]);
  expect(await harness.run(scriptedSource(script))).toMatchObject({
    fetched: 2,
    accepted: 1,
    deadLettered: 1,
  });
  expect((await harness.stored())?.ledger).toMatchObject({ fetched: 4, accepted: 3, deadLettered: 1 });
});

test('members of the checkpoint that this version does not know are kept', async () => {
  const harness = pullHarness();
  const seeded = { version: 1, position: null, ledger: EMPTY_LEDGER, later: [1, 2] } as const;
  harness.checkpoints.seed(HARNESS_ID, seeded);
  await harness.run(scriptedSource([[event('a')]]));
  expect(await harness.stored()).toMatchObject({ later: [1, 2], position: { delivered: 1 } });
});

test('a source gets the context that it may use', async () => {
  const harness = pullHarness();
  const seen: PullContext[] = [];
  const script: Step[] = [(context) => [event('a', seen.push(context))]];
  await harness.run(scriptedSource(script));
  script.push((context) => [event('b', seen.push(context))]);
  await harness.run(scriptedSource(script));
  expect(seen).toMatchObject([
    {
      checkpoint: null,
      newest: undefined,
      startedAt: new Date('2026-11-21T12:00:00Z'),
      settings: { url: 'https://vendor.test' },
    },
    {
      checkpoint: { delivered: 1 },
      newest: '2026-11-21T00:00:01.000Z',
      startFrom: new Date('2026-11-20T12:00:00Z'),
    },
  ]);
});

describe('where a source begins', () => {
  const failing = new SettingError('asking acme: 401.');

  test('is stored by its first run, even by one that fails', async () => {
    const harness = pullHarness();
    expect(await harness.run(scriptedSource([failing]))).toMatchObject({ outcome: 'failed' });
    harness.clock.advance(86_400_000);
    const starts: Date[] = [];
    const script: Step[] = [({ startFrom }) => [event('a', starts.push(startFrom))]];
    await harness.run(scriptedSource(script), { startFrom: new Date('2026-11-21T12:00:00Z') });
    expect(starts).toEqual([new Date('2026-11-20T12:00:00Z')]);
  });

  test('is stored before anything is connected, so that a wrong setting loses no time range', async () => {
    const harness = pullHarness();
    const connect = (): never => {
      throw new SettingError('reading SINK: it is wrong.');
    };
    expect(await harness.run(scriptedSource([]), { connect })).toMatchObject({
      outcome: 'failed',
      error: { name: 'SettingError' },
    });
    expect(await harness.stored()).toMatchObject({ startFrom: '2026-11-20T12:00:00.000Z', position: null });
  });
});

describe('a run whose process stops', () => {
  const signals = () => ({ soon: new AbortController(), now: new AbortController() });
  const endingOf = ({ now, soon }: ReturnType<typeof signals>) => ({ now: now.signal, soon: soon.signal });

  test('saves its current page and begins no other', async () => {
    const [harness, process] = [pullHarness(), signals()];
    const source = scriptedSource([[event('a', 1)], [event('b', 2)], [event('c', 3)]]);
    const connect = async () => {
      process.soon.abort();
      return { http: { request: () => Promise.reject(new Error('unused')) }, sink: harness.sink };
    };
    const report = await harness.run(source, { connect, shutdown: endingOf(process) });
    expect(report).toMatchObject({ outcome: 'out-of-time', pages: 1, accepted: 1, pending: 0 });
    expect(await harness.run(source)).toMatchObject({ outcome: 'caught-up', accepted: 2 });
    expect(harness.delivered()).toEqual(['a', 'b', 'c']);
  });

  test('does not begin', async () => {
    const [harness, process] = [pullHarness(), signals()];
    process.soon.abort();
    const report = await harness.run(scriptedSource([[event('a', 1)]]), { shutdown: endingOf(process) });
    expect(report).toMatchObject({ outcome: 'out-of-time', fetched: 0 });
    expect(await harness.stored()).toBeUndefined();
  });

  test('while it waits for its vendor is aborted, has not failed, and releases its lease', async () => {
    const [harness, process] = [pullHarness(), signals()];
    const source: PullSource = {
      table: SAMPLE_TABLE,
      async *pull({ signal }: PullContext) {
        yield { records: [event('a', 1)], checkpoint: {} };
        process.now.abort(new Error('the process ends'));
        signal.throwIfAborted();
      },
    };
    expect(await harness.run(source, { shutdown: endingOf(process) })).toMatchObject({
      outcome: 'out-of-time',
    });
    expect(harness.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await harness.run(scriptedSource([[event('b', 2)]]))).toMatchObject({ outcome: 'caught-up' });
  });
});

describe('a run that is out of time', () => {
  const slow = (harness: ReturnType<typeof pullHarness>): Step[] =>
    ['a', 'b', 'c'].map((id) => () => {
      harness.clock.advance(1_000);
      return [event(id)];
    });

  test('stops after a page, unfinished, and the next one continues', async () => {
    const harness = pullHarness();
    const script = slow(harness);
    const report = await harness.run(scriptedSource(script), {
      deadline: new Date('2026-11-21T12:00:01.500Z'),
    });
    expect(report).toMatchObject({ outcome: 'out-of-time', pages: 1, accepted: 1, pending: 0 });
    expect(await harness.stored()).toMatchObject({ unfinished: true, position: { delivered: 1 } });
    expect(await harness.run(scriptedSource(script))).toMatchObject({ outcome: 'caught-up', pages: 2 });
    expect(harness.delivered()).toEqual(['a', 'b', 'c']);
  });

  test('delivers one page even when its deadline passed before', async () => {
    const harness = pullHarness();
    const report = await harness.run(scriptedSource(slow(harness)), {
      deadline: new Date('2026-11-21T11:00:00Z'),
    });
    expect(report).toMatchObject({ outcome: 'out-of-time', pages: 1 });
  });

  test('is finished by a run that finds nothing newer, which says when it was', async () => {
    const harness = pullHarness();
    await harness.run(scriptedSource([[event('a')]]), { deadline: new Date('2026-11-21T11:00:00Z') });
    harness.clock.advance(60_000);
    await harness.run(scriptedSource([[event('a')]]));
    expect(await harness.stored()).toMatchObject({ unfinished: false, savedAt: '2026-11-21T12:01:00.000Z' });
  });
});

test('a run whose rate budget is used up is out of time, not failed, and says when to continue', async () => {
  const harness = pullHarness();
  const resumeAt = new Date('2026-11-22T12:00:00.000Z');
  const usedUp = (): never => {
    throw new UnavailableError('asking acme: its rate budget is used up.', { resumeAt });
  };
  const report = await harness.run(scriptedSource([[event('a')], usedUp]));
  expect(report).toMatchObject({
    outcome: 'out-of-time',
    resumeAt: '2026-11-22T12:00:00.000Z',
    pages: 1,
    accepted: 1,
    pending: 0,
  });
  expect(report.error).toBeUndefined();
  expect(await harness.stored()).toMatchObject({ unfinished: true, position: { delivered: 1 } });
});

test('a source whose lease another run holds is busy, and unchanged', async () => {
  const harness = pullHarness();
  await harness.checkpoints.acquire(HARNESS_ID);
  expect(await harness.run(scriptedSource([[event('a')]]))).toMatchObject({
    outcome: 'busy',
    fetched: 0,
    pages: 0,
  });
  expect([harness.delivered(), harness.checkpoints.saved]).toEqual([[], []]);
});

test('the lease is released, however the run ends', async () => {
  const harness = pullHarness();
  await harness.run(scriptedSource([new Error('a bug')]));
  await harness.run(scriptedSource([]));
  expect(await harness.checkpoints.acquire(HARNESS_ID)).not.toBe('busy');
});

test('a damaged checkpoint fails the run and is not overwritten', async () => {
  const harness = pullHarness();
  harness.checkpoints.damage(HARNESS_ID, '{"version":1');
  expect(await harness.run(scriptedSource([[event('a')]]))).toMatchObject({
    outcome: 'failed',
    error: { name: 'SettingError' },
  });
  expect([harness.delivered(), harness.checkpoints.saved]).toEqual([[], []]);
});

test('drift is counted, and the record is delivered', async () => {
  const harness = pullHarness();
  const report = await harness.run(scriptedSource([[event('a', 0, { severity: 'high' }), event('b')]]));
  expect(report).toMatchObject({ drifted: 1, accepted: 2 });
  expect(isBalanced(report)).toBe(true);
});

test('an export that the vendor prepares is requested once, and waited for by as many runs as it takes', async () => {
  const harness = pullHarness();
  const asked: string[] = [];
  const source: PullSource = {
    table: SAMPLE_TABLE,
    async *pull({ checkpoint, poll }) {
      let job = textAt(checkpoint, 'job');
      if (job === undefined) {
        asked.push('begin');
        yield { records: [], checkpoint: { job: (job = 'export-1') } };
      }
      const records = await poll(async () => (asked.push(`ask ${job}`) > 7 ? [event('0')] : undefined), {
        everyMs: 60_000,
      });
      yield { records, checkpoint: { done: job } };
    },
  };
  const parts = () => ({ deadline: new Date(harness.clock.now().getTime() + 150_000) });
  const first = await harness.run(source, parts());
  expect(first).toMatchObject({ outcome: 'out-of-time', resumeAt: '2026-11-21T12:03:00.000Z' });
  expect(await harness.stored()).toMatchObject({ position: { job: 'export-1' }, unfinished: true });
  await harness.run(source, parts());
  expect(await harness.run(source, parts())).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  expect(asked).toEqual(['begin', ...Array<string>(7).fill('ask export-1')]);
  expect(await harness.stored()).toMatchObject({ position: { done: 'export-1' }, unfinished: false });
});

test('a checkpoint with a time in the future is reported with its remedy, and nothing is skipped', async () => {
  const harness = pullHarness();
  const far = { ...EMPTY_CHECKPOINT, startFrom: '9999-12-31T23:59:59.999Z' };
  harness.checkpoints.seed(HARNESS_ID, far);
  const report = await harness.run(scriptedSource([[event('a')]]));
  expect(report).toMatchObject({ outcome: 'failed', fetched: 0, error: { name: 'SettingError' } });
  expect(report.error?.message).toMatch(
    /^running acme\/alerts: its checkpoint is damaged: its startFrom says 9999-.*"npx tributary state set acme\/alerts --since <time>"/,
  );
  expect(await harness.stored()).toEqual(far);
});
