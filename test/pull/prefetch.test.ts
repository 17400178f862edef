import { prefetch } from '../../shared/pull/prefetch';
import type { InTime } from '../../shared/pull/read-deadline';

/** No time limit ends anything here. */
const asItIs: InTime = async (step) => step;

/** Yields numbers from 1 and records when each is requested; then returns or throws `last`. */
async function* counting(
  upTo: number,
  notes: string[],
  last?: Error,
): AsyncGenerator<number, void, undefined> {
  for (let n = 1; n <= upTo; n++) {
    notes.push(`ask ${n}`);
    yield n;
  }
  if (last !== undefined) throw last;
}

test('yields every item in order, and ends', async () => {
  const items: number[] = [];
  for await (const item of prefetch(counting(3, []), new AbortController(), asItIs)) items.push(item);
  expect(items).toEqual([1, 2, 3]);
});

test('prefetches one item, never two', async () => {
  const notes: string[] = [];
  for await (const item of prefetch(counting(4, notes), new AbortController(), asItIs)) {
    await new Promise((resolve) => setImmediate(resolve));
    notes.push(`done ${item}`);
  }
  expect(notes).toEqual(['ask 1', 'ask 2', 'done 1', 'ask 3', 'done 2', 'ask 4', 'done 3', 'done 4']);
});

test('throws the failure of the prefetched item when that item is next', async () => {
  const done: number[] = [];
  const read = async (): Promise<void> => {
    for await (const item of prefetch(
      counting(2, [], new Error('the third')),
      new AbortController(),
      asItIs,
    )) {
      await new Promise((resolve) => setImmediate(resolve));
      done.push(item);
    }
  };
  await expect(read()).rejects.toThrow('the third');
  expect(done).toEqual([1, 2]);
});

test('handles the failure of an item that is no longer needed', async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): number => unhandled.push(reason);
  process.on('unhandledRejection', listen);
  const abort = new AbortController();
  for await (const item of prefetch(counting(1, [], new Error('never seen')), abort, asItIs))
    if (item === 1) break;
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', listen);
  expect([unhandled, abort.signal.aborted]).toEqual([[], true]);
});

test('leaving aborts the pending item and does not wait for it', async () => {
  const abort = new AbortController();
  const closed: string[] = [];
  async function* hanging(): AsyncGenerator<number, void, undefined> {
    try {
      yield 1;
      await new Promise((_, reject) =>
        abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error)),
      );
    } finally {
      closed.push('closed');
    }
  }
  for await (const item of prefetch(hanging(), abort, asItIs)) if (item === 1) break;
  expect(abort.signal.aborted).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toEqual(['closed']);
});

test('leaving does not wait for a source that ignores the signal', async () => {
  async function* deaf(): AsyncGenerator<number, void, undefined> {
    yield 1;
    await new Promise(() => undefined);
  }
  const items: number[] = [];
  for await (const item of prefetch(deaf(), new AbortController(), asItIs)) {
    items.push(item);
    break;
  }
  expect(items).toEqual([1]);
});
