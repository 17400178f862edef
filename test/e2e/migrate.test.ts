import { createHmac } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startArm, type Arm } from '../fakes/resource-manager';
import { appWith, keptLines, realStorage, type TestStorage } from '../integration/harness';
import { makeClone, type Clone } from './clone';

/* Runs the commands of the migration guide in their order, on the pushed records of two Log-Types. */

const ROOT = join(__dirname, '..', '..');
const GUIDE = readFileSync(join(ROOT, 'docs', 'migrate.md'), 'utf8');
const commands = [...GUIDE.matchAll(/^ *```sh\n([^]*?)```$/gm)].flatMap(([, text = '']) =>
  text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()])),
);
/** As the guide advises for clients that put the id before the host. */
const NAME = 'contoso-logs';
const KEY = Buffer.from('a key of the guide').toString('base64');

let azurite: TestStorage;
let arm: Arm;
let clone: Clone;
let env: Record<string, string>;

beforeAll(async () => {
  azurite = realStorage();
  arm = await startArm();
  clone = makeClone();
  env = {
    AzureWebJobsStorage: azurite.connectionString,
    PUSH_KEYS: JSON.stringify({ [NAME]: [{ name: 'siem-1', key: KEY }] }),
    ...arm.env,
  };
  const app = appWith(env, []);
  for (const logType of ['MyApp', 'MyOld']) {
    const body = Buffer.from('[{"user":"ada"}]');
    const date = new Date().toUTCString();
    const signed = `POST\n${body.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
    const signature = createHmac('sha256', Buffer.from(KEY, 'base64')).update(signed).digest('base64');
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'log-type': logType,
      'x-ms-date': date,
      authorization: `SharedKey ${NAME}:${signature}`,
    };
    const query = new URLSearchParams('api-version=2016-04-01');
    const header = (name: string) => headers[name];
    expect(await app.acceptDataCollector({ method: 'POST', query, header, body }, keptLines())).toEqual({
      status: 200,
    });
    await app.deliver({ connector: 'logs', instance: 'default', source: logType }, keptLines());
  }
  const standardColumns = [{ name: 'TimeGenerated', type: 'dateTime' }];
  arm.tables.set('MyOld_CL', { subType: 'Classic', columns: [], standardColumns });
});
afterAll(async () => {
  clone.remove();
  await arm.close();
});

test('every command of the guide works, in order', async () => {
  expect(commands.length).toBeGreaterThan(6);
  let said = '';
  for (const command of commands) {
    const words = command.split(' ');
    if (words[0] !== 'npx') {
      said += execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' });
      continue;
    }
    expect(words.slice(0, 2)).toEqual(['npx', 'tributary']);
    const { code, error, out } = await clone.tributary(words.slice(2), env);
    expect([command, code, error]).toEqual([command, 0, '']);
    said += out;
  }
  expect(said).toContain('Set DCR_IMMUTABLE_ID=dcr-');
  expect(said).toContain('migrating table MyOld_CL');
  expect(arm.tables.get('MyApp_CL')?.columns).toContainEqual({ name: 'user_s', type: 'string' });
  expect(existsSync(join(clone.root, 'azure', 'functions', 'MyAppWhole.kql'))).toBe(true);
  expect(arm.changes()).toEqual([
    'PUT MyApp_CL',
    'PUT tributary',
    'POST MyOld_CL/migrate',
    'PATCH MyOld_CL',
    'PUT tributary',
  ]);
});

test('the address that the guide gives to Sentinel’s function apps passes their check', () => {
  const check = /`(https:[^`]*\$)`/.exec(GUIDE)?.[1] ?? 'none';
  const address = /`logAnalyticsUri` to `([^`]*)`/.exec(GUIDE)?.[1] ?? 'none';
  expect(address).toMatch(new RegExp(check));
  expect('https://contoso-logs.azurewebsites.net').not.toMatch(new RegExp(check));
});

test('every file that the guide names exists, and so does every heading that it links to', () => {
  const files = [...GUIDE.matchAll(/`(test\/[\w/.-]+\.ts)`/g)].map(([, file]) => file ?? '');
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  const headings = [...GUIDE.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const links = [...GUIDE.matchAll(/\]\(#([\w-]+)\)/g)].map(([, heading]) => heading ?? '');
  expect(links.filter((link) => !headings.includes(link))).toEqual([]);
});
