import { clock } from '../../shared/process/clock';

test('the clock returns the time, and random numbers below one', () => {
  const before = new Date();
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect(Array.from({ length: 100 }, () => clock.random()).every((n) => n >= 0 && n < 1)).toBe(true);
});

test('a sleep ends after its time', async () => {
  await expect(clock.sleep(1)).resolves.toBeUndefined();
});

test('a sleep ends at once, with the reason of the signal that aborts it', async () => {
  const abort = new AbortController();
  const reason = new Error('the run is over');
  const sleeping = clock.sleep(60_000, abort.signal);
  abort.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

test('a sleep does not begin once the signal is aborted', async () => {
  const reason = new Error('the run is over');
  await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('an alarm fires, unless it is cancelled', async () => {
  const rung: string[] = [];
  const cancel = clock.alarm(0, () => rung.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => clock.alarm(1, resolve));
  expect(rung).toEqual([]);
});
