import fc from 'fast-check';
import { isShort, windowsOf } from '../../shared/rate-limit/declared-limits';
import { RESERVATION_MS, endReservation, reserve, usedShare } from '../../shared/rate-limit/reservation';
import { EMPTY_BUDGET, type BudgetState, type Reservation } from '../../shared/rate-limit/stored-budget';

const LIMITS = [
  { requests: 10, perMs: 1_000 },
  { requests: 100, perMs: 60_000 },
  { requests: 300, perMs: 3_600_000 },
];
const WINDOWS = windowsOf(LIMITS, 1);

/** A process: its reservation, and the times of its requests, of which `counted` are stored. */
interface Holder {
  readonly name: string;
  reservation?: Reservation;
  counted: number;
  readonly sent: number[];
}

/** The most requests in any span. */
function most(times: readonly number[], perMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(0, ...sorted.map((from) => sorted.filter((at) => at >= from && at < from + perMs).length));
}

/** Sends as many requests as the reservation allows now: a burst at most in a short window, a total in a long one. */
function send(holder: Holder, wanted: number, now: number): void {
  for (let i = 0; i < wanted; i++) {
    const { reservation } = holder;
    if (reservation === undefined || now >= reservation.untilMs) return;
    const isFree = WINDOWS.every((window) => {
      const may = reservation.requests[String(window.limit)] ?? 0;
      if (!isShort(window)) return holder.sent.length - holder.counted < may;
      return holder.sent.filter((at) => at + window.perMs > now).length < may;
    });
    if (!isFree) return;
    holder.sent.push(now);
  }
}

const step = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  afterMs: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 20_000 })),
  wants: fc.integer({ min: 0, max: 40 }),
  does: fc.constantFrom('work', 'work', 'work', 'stop', 'crash'),
});

test('no interleaving of reservations, stops and crashes exceeds a limit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const all: Holder[] = [0, 1, 2].map((name) => ({ name: `p${name}`, counted: 0, sent: [] }));
      const gone: number[] = [];
      let state: BudgetState = EMPTY_BUDGET;
      let now = 1_000_000;
      for (const [index, { afterMs, does, wants, who }] of steps.entries()) {
        now += afterMs;
        const holder = all[who]!;
        const usage = {
          holder: holder.name,
          sentMs: holder.sent.slice(holder.counted),
          demand: Math.max(1, wants),
        };
        if (does === 'crash') {
          gone.push(...holder.sent);
          all[who] = { name: `p${who}-${index}`, counted: 0, sent: [] };
          continue;
        }
        if (does === 'stop') {
          state = endReservation(state, WINDOWS, usage, now);
          holder.counted = holder.sent.length;
          delete holder.reservation;
          continue;
        }
        if (holder.reservation === undefined || now >= holder.reservation.untilMs - 250 || wants > 30) {
          const made = reserve(state, WINDOWS, usage, now);
          state = made.state;
          holder.counted = holder.sent.length;
          if (made.reservation === undefined) delete holder.reservation;
          else holder.reservation = made.reservation;
        }
        send(holder, wants, now);
      }
      const times = [...gone, ...all.flatMap(({ sent }) => sent)];
      expect(LIMITS.map(({ perMs, requests }) => most(times, perMs) <= requests)).toEqual([true, true, true]);
    }),
    { numRuns: 300 },
  );
});

test('a crash costs no more than what was reserved, and no longer than the window', () => {
  const minute = windowsOf([{ requests: 100, perMs: 60_000 }], 1);
  const made = reserve(EMPTY_BUDGET, minute, { holder: 'crashed', sentMs: [], demand: 20 }, 0);
  const after = (now: number) =>
    reserve(made.state, minute, { holder: 'next', sentMs: [], demand: 200 }, now);
  expect(after(RESERVATION_MS)).toMatchObject({ reservation: { requests: { 60000: 60 } } });
  expect(after(RESERVATION_MS + 60_000)).toMatchObject({ reservation: { requests: { 60000: 100 } } });
});

test('returned permits can be used by another holder at once', () => {
  const day = windowsOf([{ requests: 50, perMs: 86_400_000 }], 1);
  const made = reserve(EMPTY_BUDGET, day, { holder: 'a', sentMs: [], demand: 100 }, 0);
  expect(usedShare(made.state, day)).toBe(1);
  const back = endReservation(made.state, day, { holder: 'a', sentMs: [10, 20] }, 1_000);
  expect(reserve(back, day, { holder: 'b', sentMs: [], demand: 100 }, 1_000)).toMatchObject({
    reservation: { requests: { 86400000: 48 } },
  });
});

test('a day of requests is stored in few entries', () => {
  const day = windowsOf([{ requests: 200_000, perMs: 86_400_000 }], 1);
  let state: BudgetState = EMPTY_BUDGET;
  for (let now = 0; now < 2 * 86_400_000; now += 60_000) {
    state = reserve(state, day, { holder: 'a', sentMs: [now - 30_000], demand: 1 }, now).state;
  }
  expect(state.spent.length).toBeLessThanOrEqual(123);
});

test('a clock that was an hour ahead does not block other holders for an hour', () => {
  const made = reserve(EMPTY_BUDGET, WINDOWS, { holder: 'ahead', sentMs: [], demand: 100 }, 3_600_000);
  const seen = reserve(made.state, WINDOWS, { holder: 'b', sentMs: [], demand: 1 }, 0);
  const later = reserve(seen.state, WINDOWS, { holder: 'b', sentMs: [], demand: 1 }, 80_000);
  expect(['retryAtMs' in seen, 'reservation' in later]).toEqual([true, true]);
});

test('a waiting holder gets a share as soon as the other one reserves again', () => {
  const short = windowsOf([{ requests: 10, perMs: 1_000 }], 1);
  const usageOf = (holder: string) => ({ holder, sentMs: [], demand: 20 });
  const first = reserve(EMPTY_BUDGET, short, usageOf('a'), 0);
  const waits = reserve(first.state, short, usageOf('b'), 100);
  expect(waits).toMatchObject({ retryAtMs: RESERVATION_MS });
  const again = reserve(waits.state, short, usageOf('a'), RESERVATION_MS - 250);
  expect(again).toMatchObject({ reservation: { requests: { 1000: 5 } } });
  expect(reserve(again.state, short, usageOf('b'), RESERVATION_MS + 750)).toMatchObject({
    reservation: { requests: { 1000: 5 } },
  });
});
