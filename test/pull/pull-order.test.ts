import { UnavailableError } from '../../shared/contract/errors';
import { textsOf } from '../fakes/batches';
import { pullHarness, HARNESS_ID, type PullHarness } from '../fakes/pull-harness';
import { event, scriptedSource, type Step } from '../fakes/scripted-source';

/** Records the order in which pages are requested, sent, stored as dead letters and saved. */
function noted(harness: PullHarness): { readonly notes: string[]; readonly onAsk: (page: number) => void } {
  const notes: string[] = [];
  const pageOf = (row: string | undefined): string => /event (\d)/.exec(row ?? '')?.[1] ?? '?';
  harness.sink.answer = async (batch) => {
    const [row] = textsOf(batch);
    notes.push(`send ${pageOf(row)}`);
    await new Promise((resolve) => setImmediate(resolve));
    notes.push(`sent ${pageOf(row)}`);
    return undefined;
  };
  harness.deadLetters.beforePut = () => notes.push('bury');
  harness.checkpoints.beforeSave = ({ position, unfinished }) => {
    if (position !== null && unfinished === true) notes.push(`save ${Number(position['delivered']) - 1}`);
  };
  return { notes, onAsk: (page) => notes.push(`ask ${page}`) };
}

/** Resolves after a turn of the event loop, so that pending steps have run. */
const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the order of a run', () => {
  test('request, prefetch one page, send, save, page by page: never two ahead, never a send before the save', async () => {
    const harness = pullHarness();
    const { notes, onAsk } = noted(harness);
    await harness.run(scriptedSource([[event('0')], [event('1')], [event('2')], [event('3')]], { onAsk }));
    expect(notes).toEqual([
      ...['ask 0', 'ask 1', 'send 0', 'sent 0', 'save 0'],
      ...['ask 2', 'send 1', 'sent 1', 'save 1'],
      ...['ask 3', 'send 2', 'sent 2', 'save 2'],
      ...['send 3', 'sent 3', 'save 3'],
    ]);
  });

  test('one by one where the source declares it: each page is saved before the next is requested', async () => {
    const harness = pullHarness();
    const { notes, onAsk } = noted(harness);
    const script = [[event('0')], [event('1')], [event('2')]];
    await harness.run(scriptedSource(script, { onAsk, saveBeforeNext: true }));
    const page = (n: number): string[] => [`ask ${n}`, `send ${n}`, `sent ${n}`, `save ${n}`];
    expect(notes).toEqual([...page(0), ...page(1), ...page(2)]);
  });

  test('one by one: without a save no next page is requested, and its requests end', async () => {
    const harness = pullHarness();
    const { notes, onAsk } = noted(harness);
    harness.checkpoints.beforeSave = ({ position }) => {
      if (position !== null) throw new UnavailableError('saving the checkpoint: no connection.');
    };
    const source = scriptedSource([[event('0')], [event('1')]], { onAsk, saveBeforeNext: true });
    expect(await harness.run(source)).toMatchObject({ outcome: 'failed', pending: 1 });
    expect(notes).toEqual(['ask 0', 'send 0', 'sent 0']);
    expect(harness.signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('dead letters are durable before the checkpoint that counts them', async () => {
    const harness = pullHarness();
    const { notes } = noted(harness);
    await harness.run(scriptedSource([[event('0'), null]]));
    expect(notes).toEqual(['send 0', 'sent 0', 'bury', 'save 0']);
  });

  test('dead letters that cannot be stored leave the checkpoint where it was', async () => {
    const harness = pullHarness();
    harness.deadLetters.beforePut = () => {
      throw new UnavailableError('keeping the dead letters: 503.');
    };
    expect(await harness.run(scriptedSource([[event('0'), null]]))).toMatchObject({
      outcome: 'failed',
      pending: 2,
      accepted: 0,
    });
    expect(await harness.stored()).toMatchObject({ position: null, ledger: { fetched: 0 } });
  });

  test('a page without dead letters leaves no blob', async () => {
    const harness = pullHarness();
    await harness.run(scriptedSource([[event('0')], [null], [event('1')], [5, 'x']]));
    expect(harness.deadLetters.blobs).toEqual(['run-1-1', 'run-1-3']);
  });
});

describe('a crash between send and save', () => {
  const script: Step[] = [[event('0', 0)], [event('1', 1)], [event('2', 2)]];

  test('repeats exactly that page, and no page is lost', async () => {
    const harness = pullHarness();
    harness.checkpoints.beforeSave = ({ position }) => {
      if (position?.['delivered'] === 2) throw new UnavailableError('saving the checkpoint: no connection.');
    };
    expect(await harness.run(scriptedSource(script))).toMatchObject({
      ...{ outcome: 'failed', pages: 1, fetched: 2, accepted: 1, pending: 1 },
      error: { name: 'UnavailableError', message: 'saving the checkpoint: no connection.' },
    });
    harness.checkpoints.beforeSave = () => undefined;
    expect(await harness.run(scriptedSource(script))).toMatchObject({ outcome: 'caught-up', pages: 2 });
    expect(harness.delivered()).toEqual(['0', '1', '1', '2']);
    expect((await harness.stored())?.ledger).toMatchObject({
      fetched: 3,
      accepted: 3,
      duplicate: 0,
      pending: 0,
    });
  });

  test('of the sink repeats the page that it refused', async () => {
    const harness = pullHarness();
    harness.sink.answer = (_, call) => (call === 1 ? new UnavailableError('sending: 503.') : undefined);
    expect(await harness.run(scriptedSource(script))).toMatchObject({
      outcome: 'failed',
      pages: 1,
      pending: 1,
    });
    expect(await harness.stored()).toMatchObject({ position: { delivered: 1 }, unfinished: true });
    expect(await harness.run(scriptedSource(script))).toMatchObject({ outcome: 'caught-up', pages: 2 });
    expect(harness.delivered()).toEqual(['0', '1', '2']);
  });

  test('after some batches of a page repeats all of them', async () => {
    const harness = pullHarness();
    Object.assign(harness.sink.limits, { maxBatchBytes: 300 });
    harness.sink.answer = (_, call) => (call === 1 ? new UnavailableError('sending: 503.') : undefined);
    const page = ['a', 'b', 'c', 'd'].map((id) => event(id));
    await harness.run(scriptedSource([page]));
    await harness.run(scriptedSource([page]));
    expect(new Set(harness.delivered())).toEqual(new Set(['a', 'b', 'c', 'd']));
    expect((await harness.stored())?.ledger).toMatchObject({ fetched: 4, accepted: 4 });
  });
});

describe('an error that a source throws', () => {
  test('takes effect after the page before it is delivered and saved', async () => {
    const harness = pullHarness();
    const report = await harness.run(scriptedSource([[event('0')], new TypeError('x is not a function')]));
    expect(report).toMatchObject({
      ...{ outcome: 'failed', pages: 1, accepted: 1, pending: 0 },
      error: {
        name: 'ContractError',
        message: expect.stringContaining('pulling acme/alerts: TypeError: x is not a function'),
      },
    });
    expect(await harness.stored()).toMatchObject({ position: { delivered: 1 } });
  });

  test('is handled even when the run ends before it takes effect', async () => {
    const harness = pullHarness();
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    harness.sink.answer = () => new UnavailableError('sending: 503.');
    await harness.run(scriptedSource([[event('0')], new Error('nobody waits for this')]));
    await turn();
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test.each([
    ['text', 'a text'],
    ['nothing', undefined],
  ])('may be %s: the run itself never throws', async (_, thrown) => {
    const harness = pullHarness();
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a library may do
    harness.sink.answer = () => Promise.reject(thrown);
    expect(await harness.run(scriptedSource([[event('0')]]))).toMatchObject({
      outcome: 'failed',
      error: { message: String(thrown) },
    });
    expect(harness.log.lines).toMatchObject([{ level: 'error', sentence: 'unexpected error' }]);
  });
});

describe('leaving a run', () => {
  /** A page that fails only when its run's signal aborts. */
  const hanging: Step = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

  test('aborts the request of the prefetched page', async () => {
    const harness = pullHarness();
    const report = await harness.run(scriptedSource([[event('0')], hanging]), {
      deadline: harness.clock.now(),
    });
    expect(report).toMatchObject({ outcome: 'out-of-time', pages: 1 });
    expect(harness.signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('because its lease is lost fails with UnavailableError, and saves nothing after that', async () => {
    const harness = pullHarness();
    harness.sink.answer = async (batch) => {
      if (textsOf(batch)[0]?.includes('event 1') === true) harness.checkpoints.loseLease(HARNESS_ID);
      return undefined;
    };
    const report = await harness.run(scriptedSource([[event('0')], [event('1')], [event('2')]]));
    expect(report).toMatchObject({
      outcome: 'failed',
      pages: 1,
      pending: 1,
      error: { name: 'UnavailableError' },
    });
    expect(await harness.stored()).toMatchObject({ position: { delivered: 1 }, ledger: { accepted: 1 } });
  });

  test('because its lease is lost says so, whatever else fails because of it', async () => {
    const harness = pullHarness();
    harness.sink.answer = () => {
      harness.checkpoints.loseLease(HARNESS_ID);
      return new Error('aborted');
    };
    expect(await harness.run(scriptedSource([[event('0')]]))).toMatchObject({
      error: { name: 'UnavailableError' },
    });
  });

  test('because its lease is lost aborts a request in progress', async () => {
    const harness = pullHarness();
    const running = harness.run(scriptedSource([hanging]));
    await turn();
    harness.checkpoints.loseLease(HARNESS_ID);
    expect(await running).toMatchObject({ outcome: 'failed', error: { name: 'UnavailableError' } });
    expect(harness.log.lines).toEqual([]);
  });
});
