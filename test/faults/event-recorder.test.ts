import { beginChronicle } from './event-recorder';

const PATH = '/tributary/checkpoints/acme/default/events.json';
const ledger = (accepted: number): string =>
  JSON.stringify({
    ledger: { fetched: accepted, accepted, duplicate: 0, filtered: 0, deadLettered: 0, pending: 0 },
  });
const rows = (...ids: string[]) => ids.map((EventId) => ({ EventId }));

test('a checkpoint covers as many rows as it counts, of those that came last', () => {
  const chronicle = beginChronicle(() => 'Events_CL');
  chronicle.accepted('Events_CL', rows('sent', 'by one that was killed'));
  chronicle.accepted('Events_CL', rows('first', 'page'));
  chronicle.accepted('Events_CL', rows('of'));
  chronicle.saved(PATH, ledger(3));
  chronicle.saved(PATH, ledger(3));
  chronicle.accepted('Events_CL', rows('next'));
  chronicle.saved(PATH, ledger(4));
  const covered = chronicle.taken.get('Events_CL')?.map(({ coveredFrom }) => coveredFrom);
  expect(covered).toEqual([undefined, undefined, 1, 1, 1, 2]);
});
