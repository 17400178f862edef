import type { NamedAccount } from '../../shared/pull/vendor-account';
import { pullHarness, HARNESS_ID } from '../fakes/pull-harness';
import { event, scriptedSource } from '../fakes/scripted-source';

const account = (url: string): NamedAccount => ({ hashes: { url }, variables: { url: 'ACME_URL' } });
const A = account('hash-of-a');
const B = account('hash-of-b');

test('a state is bound to its account by its first run, even by one that delivers nothing', async () => {
  const harness = pullHarness();
  await harness.run(scriptedSource([]), { account: A });
  expect(await harness.stored()).toMatchObject({ account: A.hashes, startFrom: '2026-11-20T12:00:00.000Z' });
});

test('a state of an earlier version is bound by its next run, and continues from its position', async () => {
  const harness = pullHarness();
  const source = scriptedSource([[event('a')], [event('b')]]);
  await harness.run(source);
  const before = await harness.stored();
  expect(before).not.toHaveProperty('account');
  expect(await harness.run(source, { account: A })).toMatchObject({ outcome: 'caught-up', fetched: 0 });
  expect(await harness.stored()).toEqual({ ...before, account: A.hashes });
});

test('a bound state causes no more writes than before', async () => {
  const harness = pullHarness();
  const source = scriptedSource([[event('a')]]);
  await harness.run(source, { account: A });
  const writes = harness.checkpoints.saved.length;
  await harness.run(source, { account: A });
  expect(harness.checkpoints.saved).toHaveLength(writes);
});

test('a run of another account fails before any request, changes nothing, and says what to do', async () => {
  const harness = pullHarness();
  await harness.run(scriptedSource([[event('a')]]), { account: A });
  const before = await harness.stored();
  const report = await harness.run(scriptedSource([[event('a')], [event('of-b')]]), { account: B });
  expect(report).toMatchObject({ outcome: 'failed', fetched: 0, error: { name: 'SettingError' } });
  expect(report.error?.message).toMatch(/ACME_URL has changed since.*state reset.*state adopt/);
  expect([await harness.stored(), harness.signals.length, harness.delivered()]).toEqual([before, 1, ['a']]);
  expect(await harness.run(scriptedSource([[event('a')], [event('c')]]), { account: A })).toMatchObject({
    outcome: 'caught-up',
    fetched: 1,
  });
});

test('a version that declares one more setting binds it too, and one that declares fewer is accepted', async () => {
  const harness = pullHarness();
  const more = {
    hashes: { ...A.hashes, tenant: 't' },
    variables: { url: 'ACME_URL', tenant: 'ACME_TENANT' },
  };
  await harness.run(scriptedSource([]), { account: A });
  expect(await harness.run(scriptedSource([]), { account: more })).toMatchObject({ outcome: 'caught-up' });
  expect((await harness.stored())?.account).toEqual(more.hashes);
  const other = { ...more, hashes: { ...more.hashes, tenant: 'of-another' } };
  const report = await harness.run(scriptedSource([[event('of-another')]]), { account: other });
  expect(report.error?.message).toMatch(/; ACME_TENANT has changed since/);
  expect(await harness.run(scriptedSource([]), { account: A })).toMatchObject({ outcome: 'caught-up' });
});

test('a backfill slice belongs to the account that requested it, and is left unchanged for another', async () => {
  const harness = pullHarness();
  const range = {
    from: '2026-11-19T00:00:00.000Z',
    to: '2026-11-20T00:00:00.000Z',
    ownsFrom: true,
    ownsTo: true,
  };
  const part = { id: { ...HARNESS_ID, part: '0a1b2c3d.0' }, range, jobAccount: A.hashes };
  const report = await harness.run(scriptedSource([[event('a')]]), { ...part, account: B });
  expect(report).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
  expect(report.error?.message).toMatch(
    /backfill was created for another account.*"npx tributary backfill cancel 0a1b2c3d".*"npx tributary state adopt acme\/alerts"/,
  );
  expect(harness.signals).toEqual([]);
});
