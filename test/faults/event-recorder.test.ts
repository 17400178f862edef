import { createEventRecorder } from './event-recorder';

const PATH = '/tributary/checkpoints/acme/default/events.json';
const ledger = (accepted: number): string =>
  JSON.stringify({
    ledger: { fetched: accepted, accepted, duplicate: 0, filtered: 0, deadLettered: 0, pending: 0 },
  });
const rows = (...ids: string[]) => ids.map((EventId) => ({ EventId }));

test('a checkpoint covers the number of latest rows that it counts', () => {
  const recorder = createEventRecorder(() => 'Events_CL');
  recorder.recordAccepted('Events_CL', rows('sent', 'by one that was killed'));
  recorder.recordAccepted('Events_CL', rows('first', 'page'));
  recorder.recordAccepted('Events_CL', rows('of'));
  recorder.recordSave(PATH, ledger(3));
  recorder.recordSave(PATH, ledger(3));
  recorder.recordAccepted('Events_CL', rows('next'));
  recorder.recordSave(PATH, ledger(4));
  const covered = recorder.acceptedRows.get('Events_CL')?.map(({ coveredFrom }) => coveredFrom);
  expect(covered).toEqual([undefined, undefined, 1, 1, 1, 2]);
});
