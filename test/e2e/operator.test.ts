import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import acme from '../fixtures/connectors/acme';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import type { CoverageReport } from '../../shared/contract/coverage-report';
import { openStorage } from '../../shared/storage/storage';
import { createDeadLetters } from '../../shared/storage/state/dead-letters';
import { createSpool } from '../../shared/storage/spool/spool';
import { clock } from '../../shared/process/clock';
import { explainHtml } from '../../tools/operator/coverage/explain-html';
import {
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from '../integration/harness';
import { closeVendors, vendorOfToday } from '../local/vendor-setup';
import { makeClone, type Clone, type Ended } from './clone';
import type { SourceId } from '../../shared/contract/checkpoint';

/* The operator's commands from the command line, on the storage of AzureWebJobsStorage. */

const ID: SourceId = { connector: 'acme', instance: 'default', source: 'systemLog' };
const RECORD = {
  uuid: 'letter-1',
  published: '2026-11-21T00:00:00.000Z',
  actor: { displayName: 'Ada Lovelace' },
};

let azurite: TestStorage;
let workspace: Workspace;
let vendor: Vendor;
let clone: Clone;
let env: Record<string, string>;

beforeAll(async () => {
  azurite = realStorage();
  workspace = await realWorkspace([acme], { makesTables: true });
  vendor = await vendorOfToday({ pageSize: 4 });
  clone = makeClone();
  env = {
    ...variablesFor(azurite, workspace),
    ...variablesOf('acme', vendor.settings('acme')),
    ACME_START: '2000-01-01T00:00:00Z',
  };
  expect(await tributary('run', 'acme')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  clone.remove();
  await closeVendors();
  await workspace.close();
});

const tributary = (...words: string[]): Promise<Ended> => clone.tributary(words, env);
async function json<T>(...words: string[]): Promise<T> {
  const { code, error, out } = await tributary(...words, '--json');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  return JSON.parse(out) as T;
}

test('pause and resume stop and restart a source, and record by whom', async () => {
  expect(await json('pause', 'acme', '--as', 'anna', '--reason', 'audit')).toMatchObject({
    paused: [{ ...ID, pause: { by: 'anna', reason: 'audit' } }],
  });
  expect(await json('run', 'acme')).toMatchObject({ runs: [{ outcome: 'paused' }] });
  expect((await tributary('state', 'list')).out).toContain('paused by anna');
  expect((await tributary('resume', 'acme/systemLog', '--as', 'ben')).out).toMatch(/is resumed.*by anna/);
  expect(await json('run', 'acme')).toMatchObject({ runs: [{ outcome: 'caught-up' }] });
});

test('pushed sources are listed with their ledger, and shown with what they wait for', async () => {
  const spool = createSpool(openStorage(env), {
    clock,
    triggerQueue: { send: async () => undefined },
    maxBytes: 1e9,
  });
  const pushed = { connector: 'logs', instance: 'default', source: 'My_App' };
  const bytes = Buffer.from('[{"user":"ada"},{"user":"ben"}]');
  await spool.put(pushed, { bytes, records: 2, receivedAt: clock.now().toISOString(), key: 'siem' });
  const ledger = { stored: 2, delivered: 0, dead: 0, duplicate: 0, pending: 2 };
  const all = await json<object[]>('state', 'list');
  expect(all).toMatchObject([
    { ...ID, lease: {} },
    { ...pushed, table: 'My_App_CL', ledger },
  ]);
  expect(await json('state', 'list', 'logs')).toMatchObject([pushed]);
  expect(await json('state', 'list', 'acme')).toMatchObject([ID]);
  expect(await json('state', 'show', 'logs/My_App')).toMatchObject({ ...pushed, ledger });
  expect((await tributary('state', 'list')).out).toMatch(/acme\/systemLog[^]*logs\/My_App.*on its way/);
  expect(await tributary('state', 'show', 'logs/Other')).toMatchObject({
    code: 2,
    error: expect.stringContaining('No source logs/Other is on'),
  });
});

test('a command that changes something asks first, and without a terminal requires --yes', async () => {
  const before = await json<object>('state', 'show', 'acme/systemLog');
  expect(await tributary('state', 'reset', 'acme/systemLog')).toMatchObject({
    code: 2,
    error: expect.stringContaining('Add --yes'),
  });
  expect(await json('state', 'show', 'acme/systemLog')).toEqual(before);
});

test('a state is never set to a time in the future', async () => {
  const before = await json<object>('state', 'show', 'acme/systemLog');
  const to = new Date(Date.now() + 3_600_000).toISOString();
  expect(await tributary('state', 'set', 'acme/systemLog', '--since', to, '--yes')).toMatchObject({
    code: 2,
    error: expect.stringContaining(`--since ${to} is in the future`),
  });
  expect(await json('state', 'show', 'acme/systemLog')).toEqual(before);
});

test('a state is exported, reset and imported again', async () => {
  const file = join(clone.root, 'state.json');
  expect(await tributary('state', 'export', '--out', file)).toMatchObject({ code: 0 });
  const before = await json<{ checkpoint: { position: object } }>('state', 'show', 'acme/systemLog');
  expect(await tributary('state', 'reset', 'acme/systemLog', '--yes')).toMatchObject({ code: 0 });
  expect(await json('state', 'show', 'acme/systemLog')).toMatchObject({ checkpoint: { position: null } });
  expect(await tributary('state', 'import', file, '--yes')).toMatchObject({ code: 0 });
  expect(await json('state', 'show', 'acme/systemLog')).toMatchObject({
    checkpoint: { position: before.checkpoint.position },
  });
});

test('a replaced state is restored from its newest backup, or from the named one', async () => {
  const show = () => json<{ checkpoint: { position: object } }>('state', 'show', 'acme/systemLog');
  const before = await show();
  await json('state', 'reset', 'acme/systemLog', '--yes');
  expect(await tributary('state', 'restore', 'acme/systemLog')).toMatchObject({
    code: 2,
    error: expect.stringContaining('Add --yes'),
  });
  const copies = await json<{ at: string }[]>('state', 'restore', 'acme/systemLog', '--list');
  const [newest, older] = copies.map(({ at }) => at);
  expect((await tributary('state', 'restore', 'acme/systemLog', '--list')).out).toContain(newest);
  expect(await json('state', 'restore', 'acme/systemLog', '--yes')).toMatchObject({
    after: { position: before.checkpoint.position },
  });
  expect(await show()).toMatchObject({ checkpoint: { position: before.checkpoint.position } });
  expect(
    await json('state', 'restore', 'acme/systemLog', '--backup', older!, '--yes', '--as', 'ben'),
  ).toMatchObject({ after: { position: null } });
  expect(await tributary('state', 'restore', 'acme/systemLog', '--backup', '2020', '--yes')).toMatchObject({
    code: 2,
    error: expect.stringContaining(`No backup of acme/systemLog starts with 2020. Its backups: `),
  });
  expect(await tributary('state', 'restore', 'acme/systemLog', '--backup', '20', '--yes')).toMatchObject({
    code: 2,
    error: expect.stringContaining('backups of acme/systemLog start with 20'),
  });
  expect(await json('state', 'restore', 'acme/systemLog', '--yes')).toMatchObject({
    after: { position: before.checkpoint.position },
  });
});

let exported = '';

test.each([
  ['half of it', (text: string) => text.slice(0, 40)],
  ['unrelated JSON', () => '{"version":1}'],
  ['no source', (text: string) => text.replace(/"sources": \[[^]*\]/, '"sources": []')],
  ['a path for a name', (text: string) => text.replace('"acme"', '"../acme"')],
  ['counts that do not balance', (text: string) => text.replace(/"fetched": \d+/, '"fetched": 99999')],
  ['a watermark without ids', (text: string) => text.replace(/"ids": \[[^]*?\]/, '"ids": "x"')],
  [
    'invalid windows',
    (text: string) =>
      text.replace('"ledger":', '"windows": {"frontiers": {"": {}}, "open": [{}]}, "ledger":'),
  ],
  ['an invalid time', (text: string) => text.replace(/"startFrom": "[^"]*"/, '"startFrom": "soon"')],
])('importing %s is refused with a message', async (_, damage) => {
  exported ||= (await tributary('state', 'export')).out;
  const file = join(clone.root, 'damaged.json');
  const text = damage(exported);
  expect(text).not.toBe(exported);
  writeFileSync(file, text);
  expect(await tributary('state', 'import', file, '--yes')).toMatchObject({
    code: 2,
    error: expect.stringMatching(/^Reading .*damaged\.json: .* Nothing has changed/),
  });
});

test('no refused import changed anything', async () => {
  const withoutTime = (text: string): string => text.replace(/"exportedAt.*/, '');
  expect(withoutTime((await tributary('state', 'export')).out)).toBe(withoutTime(exported));
});

describe('dead letters', () => {
  beforeAll(async () => {
    const letter = { cause: 'refused', detail: 'the workspace refuses the row: 400' } as const;
    await createDeadLetters(openStorage(env), clock).put(ID, { runId: 'run-1', page: 0 }, [
      {
        ...letter,
        eventId: RECORD.uuid,
        record: `${JSON.stringify(RECORD).slice(0, -1)},"serial":12345678901234567890}`,
      },
      { ...letter, cause: 'not-an-object', record: 'null' },
    ]);
  });

  test('are listed without their records, and shown without personal data unless --whole is given', async () => {
    const { out } = await tributary('dead-letters', 'list');
    expect(out).toContain('the workspace refuses the row: 400');
    expect(out).not.toContain('Lovelace');
    const shown = await tributary('dead-letters', 'show', 'run-1-0-0');
    expect(shown.out).toContain('"displayName": "Person 1"');
    expect(shown.out + shown.error).not.toContain('Lovelace');
    expect((await tributary('dead-letters', 'show', 'run-1-0-0', '--whole')).out).toContain('Ada Lovelace');
    for (const more of [[], ['--whole']])
      expect(await tributary('dead-letters', 'show', 'run-1-0-0', '--json', ...more)).toMatchObject({
        code: 0,
        out: expect.stringContaining('"serial":12345678901234567890'),
      });
    expect(await tributary('dead-letters', 'show', 'run-1')).toMatchObject({
      code: 2,
      error: expect.stringContaining('2 dead letters start with run-1'),
    });
  });

  test('are replayed; those that remain set the exit code and are then dropped', async () => {
    const replayed = await tributary('dead-letters', 'replay', 'acme', '--json');
    expect(replayed.code).toBe(1);
    expect(JSON.parse(replayed.out)).toMatchObject([{ ...ID, accepted: 1, remaining: 1 }]);
    const rows = await workspace.query(`SELECT 1 FROM "AcmeSystemLog_CL" WHERE "EventId" = 'letter-1'`);
    expect(rows).toHaveLength(1);
    expect(await json('dead-letters', 'drop', 'acme', '--cause', 'not-an-object', '--yes')).toMatchObject([
      { dropped: 1 },
    ]);
    expect(await json('dead-letters', 'list')).toEqual([]);
  });
});

test('of pushed sources are replayed too; while the workspace has no table for them they stay', async () => {
  const pushed = { connector: 'logs', instance: 'default', source: 'My_App' };
  await createDeadLetters(openStorage(env), clock).put(pushed, { runId: 'run-2', page: 0 }, [
    { cause: 'refused', detail: 'the workspace refuses the row: 400', record: '{"user":"eve"}' },
    { cause: 'body-set-aside', detail: 'delivering it failed 5 times', record: '[{"user":"fay"}' },
  ]);
  const behave = (rules: readonly object[]): Promise<Response> =>
    fetch(`${workspace.url}/behave`, { method: 'POST', body: JSON.stringify(rules) });
  const stream = 'Custom-My_App_CL';
  await behave([{ api: 'logs-ingestion', match: { stream }, do: 'status', status: 404, times: 100 }]);
  expect(await tributary('dead-letters', 'replay', 'logs/My_App')).toMatchObject({
    code: 2,
    error: expect.stringContaining('Custom-My_App_CL'),
  });
  await behave([]);
  expect(await json('dead-letters', 'list')).toHaveLength(2);
  const replayed = await tributary('dead-letters', 'replay', 'logs', '--json');
  expect(replayed).toMatchObject({ code: 1, error: '' });
  expect(JSON.parse(replayed.out)).toMatchObject([{ ...pushed, accepted: 1, remaining: 1 }]);
  expect(await workspace.query('SELECT "user_s" AS name FROM "My_App_CL"')).toEqual([{ name: 'eve' }]);
  expect(await json('dead-letters', 'drop', 'logs/My_App', '--yes')).toMatchObject([{ dropped: 1 }]);
});

test('explain reports all of it, as JSON, as text and as a self-contained page', async () => {
  const one = await json<CoverageReport>('explain', 'acme/systemLog', '--from', '24h');
  expect(one.acts.map(({ what }) => what)).toEqual([
    'pause',
    'resume',
    'state-reset',
    'state-import',
    'state-reset',
    'state-restore',
    'state-restore',
    'state-restore',
    'replay',
    'drop',
  ]);
  expect(one).toMatchObject({
    retention: { days: 90 },
    letters: { replayed: 1, dropped: 1 },
    verdict: 'lost',
  });
  expect((await tributary('explain', 'acme/systemLog', '--from', '24h')).out).toContain('Status: lost');
  const file = join(clone.root, 'page.html');
  await tributary('explain', 'acme/systemLog', '--from', '24h', '--html', '--out', file);
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('<strong>Status: lost</strong>');
  expect(page).not.toMatch(/<script|<link|<img|src=|url\(/);
});

test('an operator’s text is escaped in the page', async () => {
  const one = await json<CoverageReport>('explain', 'acme/systemLog', '--from', '1h');
  const pause = { by: '<b onclick="x">', since: one.from, reason: `'&"<script>` };
  const page = explainHtml({ ...one, pauses: [pause] });
  expect(page).toContain('&lt;b onclick=&quot;x&quot;&gt;');
  expect(page).toContain('&#39;&amp;&quot;&lt;script&gt;');
  expect(page).not.toContain('<script');
});

test('reconcile finds the accepted rows in the workspace', async () => {
  const [one] = await json<{ accepted: number; events: number }[]>('reconcile', 'acme');
  expect(one).toMatchObject({ ...ID, verdict: 'stored', table: 'AcmeSystemLog_CL' });
  expect(one!.events).toBe(one!.accepted);
});

test('an unknown name is answered with the known ones', async () => {
  expect(await tributary('state', 'show', 'acme/none')).toMatchObject({
    code: 2,
    error: expect.stringContaining('Known: acme/systemLog'),
  });
  expect(await tributary('explain', 'acme', '--from', 'yesterday')).toMatchObject({
    code: 2,
    error: expect.stringContaining('yesterday is not a time'),
  });
});
