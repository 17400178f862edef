import { UnavailableError } from '../../shared/contract/errors';
import { sleepAndPoll } from '../../shared/kit/sleep-and-poll';
import { fakeClock } from '../fakes/fake-clock';

const START = '2026-11-21T12:00:00.000Z';

function waiting(runMs = 60_000) {
  const [clock, abort] = [fakeClock(START), new AbortController()];
  const deadline = new Date(clock.now().getTime() + runMs);
  return { clock, abort, ...sleepAndPoll({ clock, deadline, signal: abort.signal }) };
}

/** Answers `undefined` the given number of times, then `done`. */
function asked(times: number) {
  let count = 0;
  return { ask: () => Promise.resolve(count++ < times ? undefined : 'done'), count: () => count };
}

describe('a pull that waits', () => {
  test('waits for the given time', async () => {
    const { clock, sleep } = waiting();
    await sleep(1_500);
    expect(clock.waits).toEqual([1_500]);
  });

  test('does not begin a wait that would outlast the run, and says when to continue', async () => {
    const { clock, sleep } = waiting();
    const error = await sleep(60_001).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as UnavailableError).resumeAt).toEqual(new Date('2026-11-21T12:01:00.001Z'));
    expect(clock.waits).toEqual([]);
    await sleep(60_000);
    expect(clock.waits).toEqual([60_000]);
  });

  test('waits at most an hour, whatever a vendor says', async () => {
    for (const ms of [3_600_001, 999_999_999_000, 2 ** 53, Infinity]) {
      const { sleep } = waiting();
      const error = await sleep(ms).catch((cause: unknown) => cause);
      expect((error as UnavailableError).resumeAt).toEqual(new Date('2026-11-21T13:00:00.000Z'));
    }
    const { clock, sleep } = waiting();
    for (const ms of [-1, -Infinity, Number.NaN]) await sleep(ms);
    expect(clock.waits).toEqual([0, 0, 0]);
  });

  test('stops when its run ends', async () => {
    const { abort, poll, sleep } = waiting();
    abort.abort(new Error('the lease is lost'));
    await expect(sleep(1)).rejects.toThrow('the lease is lost');
    const { ask, count } = asked(1);
    await expect(poll(ask, { everyMs: 1 })).rejects.toThrow('the lease is lost');
    expect(count()).toBe(0);
  });
});

describe('a pull that polls until something is done', () => {
  test('asks at once, then after each wait, and returns the answer', async () => {
    const { clock, poll } = waiting();
    const { ask, count } = asked(3);
    await expect(poll(ask, { everyMs: 5_000 })).resolves.toBe('done');
    expect([count(), clock.waits]).toEqual([4, [5_000, 5_000, 5_000]]);
  });

  test('accepts any answer but undefined', async () => {
    const { poll } = waiting();
    for (const answer of [null, false, 0, ''])
      await expect(poll(() => Promise.resolve(answer), { everyMs: 1 })).resolves.toBe(answer);
  });

  test('gives up after its limit with an UnavailableError', async () => {
    const { clock, poll } = waiting();
    const { ask, count } = asked(100);
    const error = await poll(ask, { everyMs: 5_000, limitMs: 12_000 }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ message: expect.stringContaining('12 s'), resumeAt: undefined });
    expect([count(), clock.waits]).toEqual([3, [5_000, 5_000]]);
  });

  test('leaves what it has no time for to the next run', async () => {
    const { poll } = waiting(12_000);
    const error = await poll(asked(100).ask, { everyMs: 5_000 }).catch((cause: unknown) => cause);
    expect((error as UnavailableError).resumeAt).toEqual(new Date('2026-11-21T12:00:15.000Z'));
  });

  test('ends with the error that the poll throws', async () => {
    const { poll } = waiting();
    await expect(poll(() => Promise.reject(new Error('gone')), { everyMs: 1 })).rejects.toThrow('gone');
  });
});
