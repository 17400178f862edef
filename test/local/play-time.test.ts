import { ContractError } from '../../shared/contract/errors';
import type { Published } from '../../local/vendor/feed/feed';
import { playTime } from '../../local/vendor/play-time';

/* When fixtures are played depends on the fixtures alone; a single sentence reports those that cannot be played. */

const TODAY = new Date('2026-05-01T12:00:00Z');
const at = (time: string, page = 0): Published => {
  const timeMs = Date.parse(time);
  return { record: { at: time }, timeMs, atMs: timeMs, page };
};
const play = (...fixtures: readonly Published[]) => playTime('acme/uses', fixtures, 'at', TODAY);

test('the fixture clock starts an hour after the newest event, from 25 hours before the oldest', () => {
  expect(play(at('2026-01-02T10:00:00Z'), at('2026-01-01T10:00:00Z'))).toEqual({
    startFrom: new Date('2025-12-31T09:00:00Z'),
    now: new Date('2026-01-02T11:00:00Z'),
  });
});

test('a record of today may be some days ahead on a machine whose clock is behind', () => {
  expect(() => play(at('2026-05-08T12:00:00Z'))).not.toThrow();
});

test.each<[string, readonly Published[], string]>([
  [
    'no fixtures',
    [],
    'acme/uses: there are none. Save answers of the vendor as fixtures/uses/page-1.json, or with the end of their format',
  ],
  [
    'no fixture with a time',
    [{ record: {}, timeMs: 0, atMs: 0, page: 0 }],
    'no record has a time at at. Correct the time path',
  ],
  [
    'a fixture in the future',
    [at('2026-01-01T10:00:00Z'), at('2027-03-05T08:00:10Z', 1)],
    'a record in file 2 of fixtures/uses has a time in the future, 2027-03-05T08:00:10.000Z at at. Use a past time',
  ],
])('%s: a ContractError that names the place', (_, fixtures, sentence) => {
  expect(() => play(...fixtures)).toThrow(ContractError);
  expect(() => play(...fixtures)).toThrow(sentence);
});
