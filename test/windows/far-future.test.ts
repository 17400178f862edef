import { EMPTY_CHECKPOINT, type Checkpoint } from '../../shared/contract/checkpoint';
import { farFuture } from '../../shared/windows/far-future';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const AT = '2026-11-21T11:00:00.000Z';
const FAR = '9999-12-31T23:59:59.999Z';
const FRONTIER = { start: AT, live: AT, recheck: AT, final: AT };
const WINDOW = { id: 1, lane: 'live', from: AT, to: AT } as const;
const plan = { nextId: 2, frontiers: { '': FRONTIER }, open: [WINDOW] };

const found = (part: Partial<Checkpoint>, startFrom = new Date(AT)): string | undefined =>
  farFuture({ ...EMPTY_CHECKPOINT, ...part }, NOW, startFrom)?.member;

test.each<[string, Partial<Checkpoint>]>([
  ['startFrom', { startFrom: FAR }],
  ['boundary', { boundary: { time: FAR, ids: [] } }],
  ['position', { position: { since: FAR } }],
  ['position', { position: { token: 'x', until: FAR } }],
  ...Object.keys(FRONTIER).map((member): [string, Partial<Checkpoint>] => [
    'windows.frontiers',
    { windows: { ...plan, frontiers: { '': FRONTIER, eu: { ...FRONTIER, [member]: FAR } } } },
  ]),
  ['windows.open', { windows: { ...plan, open: [WINDOW, { ...WINDOW, from: FAR, to: FAR }] } }],
])('a time in the future is found in %s', (member, part) => {
  expect(found(part)).toBe(member);
});

test('valid times are left alone: the times of a run, a clock some hours ahead, and a START in the future', () => {
  const ahead = '2026-11-22T06:00:00.000Z';
  const sound: Checkpoint = {
    ...EMPTY_CHECKPOINT,
    startFrom: AT,
    boundary: { time: ahead, ids: [] },
    windows: { ...plan, frontiers: { '': { ...FRONTIER, live: ahead } } },
    position: { since: FAR },
  };
  expect(found(sound)).toBeUndefined();
  expect(found({ position: { since: 'next week', cursor: FAR } })).toBeUndefined();
  const start = '2027-01-01T00:00:00.000Z';
  expect(found({ startFrom: start }, new Date(start))).toBeUndefined();
});
