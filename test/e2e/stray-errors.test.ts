import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOutside } from '../integration/outside-folder';
import { makeClone, type Clone, type Ended } from './clone';

/* Connectors leave rejected promises that nothing awaits. Each command does its work and names the connector. */

/** Two files leave one while they load; the simulated vendors play this connector. */
const HASTY = `import { defineConnector, rest, secret, string, url } from 'tributary/shared';

const begin = async () => { throw new Error('at once'); };
void begin();
globalThis.process.nextTick(() => { throw new Error('in a tick'); });

export default defineConnector({
  name: 'hasty',
  title: 'Hasty',
  settings: { url: url('Where it answers.'), token: secret('A token.') },
  sources: {
    alerts: {
      table: { name: 'HastyAlerts_CL', time: 'at', eventId: 'id', columns: { Headline: string('title') } },
      pull: rest({
        base: 'url',
        path: '/alerts',
        auth: { kind: 'bearer', setting: 'token' },
        records: '$.alerts[*]',
        next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'after' } },
        stop: { on: 'no-next' },
        resume: 'time',
        since: { in: 'query', name: 'since' },
      }),
    },
  },
});
`;

/** Leaves one behind after its page. */
const LATE = `import { defineConnector, string, url } from 'tributary/shared';

export default defineConnector({
  name: 'late',
  title: 'Late',
  settings: { url: url('Where it answers.') },
  sources: {
    things: {
      table: { name: 'LateThings_CL', time: 'at', eventId: 'id', columns: { Headline: string('title') } },
      async *pull({ http, settings, startedAt }) {
        yield { records: [{ id: '1', at: startedAt.toISOString(), title: 'one' }], checkpoint: {} };
        void Promise.reject(new Error('after its page'));
        await http.request({ url: settings.url });
      },
    },
  },
});
`;

const page = { alerts: [{ id: 'a', at: '2026-11-01T00:00:00Z', title: 'first' }], next: 'b' };
const outside = writeOutside({
  'connectors/hasty/index.ts': HASTY,
  'connectors/hasty/fixtures/alerts/page-1.json': JSON.stringify(page),
  'connectors/hasty/fixtures/alerts/page-2.json': JSON.stringify({ ...page, next: undefined }),
  'connectors/late/index.ts': LATE,
});
const home = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-hasty-')));
const parts = ['dist', 'connectors/list.ts', 'functions', 'tools', 'shared'];
let clone: Clone;

beforeAll(() => {
  clone = makeClone([...parts, 'local', 'package.json', 'host.json']);
});
afterAll(() => {
  clone.remove();
  for (const folder of [home, outside]) rmSync(folder, { recursive: true, force: true });
});

const tributary = (...words: readonly string[]): Promise<Ended> =>
  clone.tributary([...words, '--connectors', join(outside, 'connectors')], {
    LATE_URL: 'http://127.0.0.1:1',
  });

const data = ['--data', join(home, 'data')];
const said = (error: string): string =>
  `error: ContractError: ${error}, in a promise or a callback of the connector that nothing waits for. Await it, or handle its failure.\n`;
const WHILE_LOADED = said('loading hasty: Error: in a tick') + said('loading hasty: Error: at once');

test('run of a connector whose files leave unhandled errors does its work, and fails', async () => {
  const { code, error, out } = await tributary('run', 'hasty', ...data);
  expect(out).toMatch(/hasty\/alerts +caught-up +[1-9]/);
  expect({ code, error }).toEqual({ code: 1, error: WHILE_LOADED });
});

test('a command for no connector, or for another one, exits 0', async () => {
  const { code, error, out } = await tributary('state', 'list', ...data);
  expect(out).toMatch(/hasty\/alerts/);
  expect({ code, error }).toEqual({ code: 0, error: WHILE_LOADED });
});

test('try reports an error that comes after its page', async () => {
  const { code, out } = await tributary('try', 'late');
  expect(out).toMatch(/records +1 on this page/);
  expect(out).toContain(
    'ContractError: pulling late/things: Error: after its page, in a promise or a callback',
  );
  expect(code).toBe(1);
});
