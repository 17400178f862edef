import { previewSource } from '../../shared/app';
import type { Connector, PullSource } from '../../shared/contract/connector';
import { url } from '../../shared/kit/define';
import { keptLines } from './rig';
import { startLoopback, type Loopback, type Serve } from '../fakes/loopback';
import { SAMPLE_TABLE } from '../fakes/scripted-source';

let vendor: Loopback | undefined;
afterEach(async () => vendor?.close());

/** What asking once through the door of a source with these members ends as. */
async function askAs(members: Partial<PullSource>, serve: Serve): Promise<Error> {
  vendor = await startLoopback(serve);
  const pull: PullSource['pull'] = async function* ({ http, settings }) {
    await http.request({ url: settings['url'] ?? '', repeatable: false });
    yield { records: [], checkpoint: {} };
  };
  const source = { ...members, table: SAMPLE_TABLE, pull };
  const settings = { url: url('The base address.') };
  const connector: Connector = { name: 'acme', title: 'Acme', settings, sources: { alerts: source } };
  const id = { connector: 'acme', instance: 'default', source: 'alerts' };
  const pages = previewSource(connector, id, { env: { ACME_URL: vendor.url }, lines: keptLines() });
  return pages.next().then(
    () => new Error('answered'),
    (error: unknown) => error as Error,
  );
}

const slow: Serve = (response) => void response.writeHead(200).write('{');
const large: Serve = (response) => response.end(JSON.stringify('x'.repeat(2_000)));

test('a source says how long an answer may take, and how large it may be', async () => {
  expect((await askAs({ answer: { timeoutMs: 40 } }, slow)).message).toContain(
    'no whole answer within 40 ms',
  );
  expect((await askAs({ answer: { maxBytes: 1_000 } }, large)).message).toContain('larger than 1000 bytes');
  expect((await askAs({}, large)).message).toBe('answered');
});

test('a source says what a 404 may lack', async () => {
  const error = await askAs({ needs: 'the Enterprise plan' }, (response) => response.writeHead(404).end());
  expect([error.name, error.message]).toEqual([
    'SettingError',
    expect.stringContaining('without what it needs, the Enterprise plan.'),
  ]);
});
