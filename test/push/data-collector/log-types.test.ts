import type { SourceId } from '../../../shared/contract/checkpoint';
import { UnavailableError } from '../../../shared/contract/errors';
import { createLogTypes, MAX_LOG_TYPES, type LogTypes } from '../../../shared/push/data-collector/log-types';
import { fakeClock } from '../../fakes/fake-clock';

const clock = fakeClock();
let there: SourceId[];
let looks: number;
let logTypes: LogTypes;

beforeEach(() => {
  there = [];
  looks = 0;
  logTypes = open();
});

function open(): LogTypes {
  return createLogTypes(async function* () {
    looks++;
    yield* there;
  }, clock);
}

function stored(count: number): void {
  there = Array.from({ length: count }, (_, n) => ({
    connector: 'logs',
    instance: 'default',
    source: `T${n}`,
  }));
}

const all = (names: readonly string[]): Promise<boolean[]> =>
  Promise.all(names.map((name) => logTypes.isAllowed(name)));

test('known Log-Types need no listing', async () => {
  stored(3);
  expect(await all(['T0', 'T1', 'New'])).toEqual([true, true, true]);
  expect(await all(['T2', 'New', 'T0'])).toEqual([true, true, true]);
  expect(looks).toBe(1);
});

test('many new ones at once never exceed the limit', async () => {
  stored(MAX_LOG_TYPES - 2);
  expect(await all(['a', 'b', 'c', 'd', 'a', 'T0'])).toEqual([true, true, false, false, true, true]);
});

test('webhooks do not count', async () => {
  stored(MAX_LOG_TYPES - 1);
  there.push({ connector: 'acme', instance: 'default', source: 'hooks' });
  expect(await all(['a', 'b'])).toEqual([true, false]);
});

test('at the limit the list is read again once a minute, and freed room is used', async () => {
  stored(MAX_LOG_TYPES);
  for (let times = 0; times < 100; times++) expect(await logTypes.isAllowed(`New${times}`)).toBe(false);
  expect(looks).toBe(1);
  there.pop();
  clock.advance(60_000);
  expect(await all(['New', 'Newer'])).toEqual([true, false]);
  expect(looks).toBe(2);
});

test('a Log-Type that another process created is known', async () => {
  stored(MAX_LOG_TYPES - 1);
  expect(await logTypes.isAllowed('T0')).toBe(true);
  stored(MAX_LOG_TYPES);
  expect(await all([`T${MAX_LOG_TYPES - 1}`, 'New'])).toEqual([true, false]);
});

test('while storage cannot be listed no new Log-Type is accepted or refused', async () => {
  logTypes = createLogTypes(() => {
    throw new UnavailableError('storage is away');
  }, clock);
  await expect(logTypes.isAllowed('New')).rejects.toThrow('storage is away');
});
