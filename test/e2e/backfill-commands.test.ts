import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex';
import type { Workspace } from '../../local/workspace/workspace';
import type { Backfill, BackfillProgress, PlannedBackfill } from '../../shared/contract/backfill';
import { createBackfills } from '../../shared/storage/state/backfills';
import { openStorage } from '../../shared/storage/storage';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from '../integration/harness';
import { closeVendors, vendorOf } from '../local/vendor-setup';
import { makeClone, type Clone, type Ended } from './clone';
import type { SourceId } from '../../shared/contract/checkpoint';
import { BACKFILL_QUEUE } from '../../shared/admin';

/* `tributary backfill` from the command line, on the storage of AzureWebJobsStorage. */

const ID: SourceId = { connector: 'acme', instance: 'default', source: 'systemLog' };
const RANGE = ['acme/systemLog', '--from', '3d', '--as', 'anna'];

let azurite: TestStorage;
let workspace: Workspace;
let clone: Clone;
let env: Record<string, string>;

beforeAll(async () => {
  azurite = realStorage();
  workspace = await realWorkspace([acme, globex]);
  const events = { historyPages: 12, historyMs: 4 * 24 * 3_600_000 };
  const vendor = await vendorOf({ live: true, limits: false, pageSize: 50, bornAt: new Date(), events });
  clone = makeClone();
  env = {
    ...variablesFor(azurite, workspace),
    ...variablesOf('acme', vendor.settings('acme')),
    ...variablesOf('globex', vendor.settings('globex')),
  };
});
afterAll(async () => {
  clone.remove();
  await closeVendors();
  await workspace.close();
});

const backfill = (...words: string[]): Promise<Ended> => clone.tributary(['backfill', ...words], env);
async function json<T>(...words: string[]): Promise<T> {
  const { code, error, out } = await backfill(...words, '--json');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  return JSON.parse(out) as T;
}
async function messages(): Promise<number> {
  const queue = openStorage(env).queue(BACKFILL_QUEUE);
  if (!(await queue.exists())) return 0;
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

test('backfill shows its cost first, and without a terminal it requires --yes', async () => {
  const { code, error, out } = await backfill(...RANGE);
  expect({ code, error }).toEqual({
    code: 2,
    error: expect.stringMatching(
      /Read acme\/systemLog again from 20.*Z to 20.*Z\? There is no terminal .* Add --yes/,
    ),
  });
  expect(out).toMatch(/^acme\/systemLog from .* to .*: about [1-9]\d* events, [1-9]\d* calls, [\d.]+ GB/);
  expect(out).toContain('  One page of the range: 50 events of');
  expect(out).toContain('Query the table’s Unique function');
  expect([await json('list'), await messages()]).toEqual([[], 0]);
  expect(await backfill('list')).toMatchObject({ code: 0 });
});

test.each([
  [['acme/systemLog'], /^Say from when to read acme\/systemLog again: --from 7d/],
  [['acme/systemLog', '--from', 'yesterday'], /yesterday is not a time\. Write now, a span such as/],
  [['acme/systemLog', '--from', '1h', '--to', '2h', '--yes'], /the range is empty.* Give --from a time/],
  [['acme/systemLog', '--from', '91d', '--yes'], /keeps 90 days .* Start at that time or later: --from 20/],
  [['acme/systemLog', '--from', '1d', '--workers', '65'], /Workers are a whole number from 1 to 64/],
  [['acme/none', '--from', '1d'], /No source acme\/none is on .* Known: acme\/systemLog/],
  [['show', 'ffff'], /ffff names 0 backfills\. Known: none/],
  [['cancel', 'ffff', '--yes'], /ffff names 0 backfills/],
])('backfill %j is refused with a message', async (words, said) => {
  const { code, error, out } = await backfill(...words);
  expect({ code, error, out }).toEqual({ code: 2, error: expect.stringMatching(said), out: '' });
});

test('a backfill is started, paused, resumed, worked and listed; --json prints one JSON text each time', async () => {
  const started = await json<PlannedBackfill>(...RANGE, '--workers', '2', '--yes');
  const { id, parts } = started.backfill;
  expect(started).toMatchObject({
    backfill: { ...ID, by: 'anna', state: 'running', workers: 2 },
    estimate: { records: expect.any(Number), calls: expect.any(Number), gigabytes: expect.any(Number) },
  });
  expect(await messages()).toBe(2);
  expect((await backfill('list', 'acme')).out).toMatch(
    new RegExp(`${id} .*running .*0 of ${parts} done .*by anna`),
  );
  expect(await backfill('pause', id)).toMatchObject({
    code: 0,
    out: `Backfill ${id} of acme/systemLog is paused. Slices in progress stop after at most two pages.\n`,
  });
  expect(await json<Backfill>('show', id.slice(0, 6))).toMatchObject({ id, state: 'paused', done: 0 });
  expect(await json<Backfill>('resume', id, '--as', 'ben')).toMatchObject({ id, state: 'running' });
  expect(await messages()).toBe(4);
  const app = appWith(env, [acme]);
  await Promise.all([1, 2].map(() => app.workOn({ ...ID, backfill: id }, keptLines())));
  const [done] = await json<BackfillProgress[]>('list', 'acme/systemLog');
  expect(done).toMatchObject({ id, state: 'finished', done: parts, worked: 0, left: [] });
  expect(done?.ledger.accepted).toBeGreaterThan(100);
  expect(await workspace.query('SELECT count(*) AS n FROM "AcmeSystemLog_CL"')).toEqual([
    { n: done?.ledger.accepted },
  ]);
  // One that is over stays so, and says it.
  expect(await backfill('pause', id)).toMatchObject({
    out: `Backfill ${id} of acme/systemLog is finished.\n`,
  });
});

test('cancel asks first, is final, and reports the ranges that were not read', async () => {
  const { backfill: one } = await json<PlannedBackfill>('start', ...RANGE, '--to', '1d', '--yes');
  expect(await backfill('cancel', one.id)).toMatchObject({
    code: 2,
    error: expect.stringMatching(/will be cancelled permanently\. .* Add --yes/),
  });
  expect(await json('show', one.id)).toMatchObject({ state: 'running' });
  expect(await backfill('cancel', one.id, '--yes')).toMatchObject({
    code: 0,
    out: `Backfill ${one.id} of acme/systemLog is cancelled.\n`,
  });
  expect(await json('resume', one.id)).toMatchObject({ state: 'cancelled' });
  expect(await json('show', one.id)).toMatchObject({
    state: 'cancelled',
    left: [{ from: one.from, to: one.to }],
  });
});

test('cancelling a gap backfill warns that nothing else reads its range', async () => {
  const { backfill: one } = await json<PlannedBackfill>(...RANGE, '--to', '2d', '--yes');
  const caughtUp = { ...one, id: 'c0ffee00', isCatchUp: true } as const;
  await createBackfills(openStorage(env)).add(caughtUp);
  expect(await backfill('cancel', 'c0ffee')).toMatchObject({
    code: 2,
    error: expect.stringMatching(
      /c0ffee00 .* while it was down, and nothing else reads the rest\. Continue\?/,
    ),
  });
});
