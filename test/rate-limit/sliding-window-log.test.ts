import fc from 'fast-check';
import { slidingWindowLog, type Sent } from '../../shared/rate-limit/sliding-window-log';

const TEN_A_SECOND = { limit: 1_000, requests: 10, perMs: 1_000 };

/** The most requests in any span, as an exact vendor counts. */
function most(times: readonly number[], perMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let [from, highest] = [0, 0];
  for (const [index, at] of sorted.entries()) {
    while ((sorted[from] ?? at) + perMs <= at) from++;
    highest = Math.max(highest, index - from + 1);
  }
  return highest;
}

interface Way {
  /** The time from our request to the vendor's count, beyond the fastest. */
  readonly upMs: number;
}

/** Sends as fast as the log allows. Every request is counted `upMs` later than the fastest, and answered 100 ms after that. */
function play(ways: readonly Way[]): { readonly counted: number[]; readonly tookMs: number } {
  const log = slidingWindowLog(1_000);
  const flying: { readonly sent: Sent; readonly endMs: number }[] = [];
  const counted: number[] = [];
  let now = 0;
  for (const { upMs } of ways) {
    for (;;) {
      for (const flight of flying.filter(({ endMs }) => endMs <= now)) {
        log.answer(flight.sent, flight.endMs, true);
        flying.splice(flying.indexOf(flight), 1);
      }
      const at = log.nextAt([TEN_A_SECOND], now);
      if (at <= now) break;
      now = Math.min(at, ...flying.map(({ endMs }) => endMs));
    }
    flying.push({ sent: log.send(now), endMs: now + upMs + 100 });
    counted.push(now + upMs);
  }
  return { counted, tookMs: now };
}

/** Enough to estimate the fastest answer. */
const KNOWN = Array<Way>(16).fill({ upMs: 0 });

test('whatever the network delays, the vendor never counts more than it allows', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ upMs: fc.integer({ min: 0, max: 240 }) }), { maxLength: 120, size: 'max' }),
      (ways) => {
        expect(most(play([...KNOWN, ...ways]).counted, 1_000)).toBeLessThanOrEqual(10);
      },
    ),
  );
});

test('without delays 97 % of the limit is used', () => {
  const { tookMs } = play(Array<Way>(600).fill({ upMs: 0 }));
  expect(600 / (tookMs / 1_000)).toBeGreaterThan(9.7);
});

test('a request without an answer counts a quarter longer than the window, and no more', () => {
  const log = slidingWindowLog(1_000);
  log.send(0);
  expect(log.nextAt([{ ...TEN_A_SECOND, requests: 1 }], 900)).toBe(1_260);
  expect(log.nextAt([{ ...TEN_A_SECOND, requests: 1 }], 1_260)).toBe(1_260);
});
