import type { Connector, PullSource } from '../../shared/contract/connector';
import { secret, url } from '../../shared/kit/define-connector';
import { keptLines } from './harness';
import { startLoopback, type Loopback, type Serve } from '../fakes/loopback';
import { SAMPLE_TABLE } from '../fakes/scripted-source';
import { previewSource } from '../../shared/admin';

const vendors: Loopback[] = [];
afterEach(async () => {
  await Promise.all(vendors.splice(0).map((vendor) => vendor.close()));
});

/** The result of one request by a source with these members. */
async function askAs(members: Partial<PullSource>, serve: Serve, token = 'k'): Promise<Error> {
  const vendor = await startLoopback(serve);
  vendors.push(vendor);
  const pull: PullSource['pull'] = async function* ({ http, settings }) {
    const headers = { Authorization: `Bearer ${settings['token'] ?? ''}` };
    await http.request({ url: settings['url'] ?? '', headers, repeatable: false });
    yield { records: [], checkpoint: {} };
  };
  const source = { ...members, table: SAMPLE_TABLE, pull };
  const settings = { url: url('The base address.'), token: secret('The key.') };
  const connector: Connector = { name: 'acme', title: 'Acme', settings, sources: { alerts: source } };
  const id = { connector: 'acme', instance: 'default', source: 'alerts' };
  const pages = previewSource(connector, id, {
    env: { ACME_URL: vendor.url, ACME_TOKEN: token },
    lines: keptLines(),
  });
  return pages.next().then(
    () => new Error('answered'),
    (error: unknown) => error as Error,
  );
}

const slow: Serve = (response) => void response.writeHead(200).write('{');
const large: Serve = (response) => response.end(JSON.stringify('x'.repeat(2_000)));

test('a source declares how long an answer may take, and how large it may be', async () => {
  expect((await askAs({ answer: { timeoutMs: 40 } }, slow)).message).toContain(
    'no whole answer within 40 ms',
  );
  expect((await askAs({ answer: { maxBytes: 1_000 } }, large)).message).toContain('larger than 1000 bytes');
  expect((await askAs({}, large)).message).toBe('answered');
});

test('a source declares which right a 404 may lack', async () => {
  const error = await askAs({ needs: 'the Enterprise plan' }, (response) => response.writeHead(404).end());
  expect([error.name, error.message]).toEqual([
    'SettingError',
    expect.stringContaining('without what the source needs, the Enterprise plan.'),
  ]);
});

test('a setting that does not fit into a header is named by its variable before anything is sent', async () => {
  const error = await askAs({}, (response) => response.end('{}'), 'tök→en');
  expect([error.name, error.message]).toEqual([
    'SettingError',
    expect.stringMatching(
      /^asking acme\/alerts: the header "Authorization" holds the value of ACME_TOKEN, and/,
    ),
  ]);
  expect([error.message.includes('tök'), vendors[0]?.asked]).toEqual([false, []]);
});
