import { retryWhileBusy } from '../../tools/cli/retry-while-busy';

/** A source that is busy for `times` attempts. @returns the answer, and the total wait */
async function tryFor(times: number): Promise<{ answer: string; waitedMs: number }> {
  let [attempts, waitedMs] = [0, 0];
  const answer = await retryWhileBusy(
    async () => (attempts++ < times ? 'busy' : 'done'),
    (one) => one === 'busy',
    async (ms) => (waitedMs += ms),
  );
  return { answer, waitedMs };
}

test('it does not wait for what is free', async () => {
  expect(await tryFor(0)).toEqual({ answer: 'done', waitedMs: 0 });
});

test('it waits for what becomes free within the time of a lease', async () => {
  const { answer, waitedMs } = await tryFor(24);
  expect([answer, waitedMs >= 60_000]).toEqual(['done', true]);
});

test('it gives up after 75 seconds', async () => {
  expect(await tryFor(Infinity)).toEqual({ answer: 'busy', waitedMs: 75_000 });
});
