import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldersIn } from '../../connectors/list';
import { filesOf, writeNew } from '../../tools/new/connector-files';
import { AUTH_KINDS } from '../../tools/new/auth-kinds';
import { FORMAT_KINDS } from '../../tools/new/format-kinds';
import { STORE_KINDS } from '../../tools/new/store-kinds';
import { PAGING_KINDS, STOPS_OF } from '../../tools/new/rest-kinds';
import { planConnector } from '../../tools/new/plan-connector';
import type { NewCommand } from '../../tools/new/options';
import { describeConnectors } from '../contract/connector.contract';

/*
 * A connector by `tributary new` passes the contract suite unchanged: with each kind of authentication, and with each kind of
 * paging and its ends.
 */

const ROOT = join(__dirname, '..', '..');
/** How many of the folders are checked wholly; the others for their declaration and their rows. */
const MOST = 6;
/** Inside the tree, so that `../../shared` is found. */
const FOLDER = join(ROOT, `.connectors-new-${process.pid}`);

const pagings = Object.keys(PAGING_KINDS) as (keyof typeof PAGING_KINDS)[];
const byAuth = Object.keys(AUTH_KINDS).map((auth) => ({ auth, paging: 'link' }));
const byStop = pagings.flatMap((paging) => STOPS_OF[paging].map((stop) => ({ paging, stop })));
const byFormat = Object.keys(FORMAT_KINDS)
  .filter((format) => format !== 'json')
  .map((format) => ({ paging: 'link', format }));
const others: readonly NewCommand[] = [
  ...Object.keys(STORE_KINDS).flatMap((store) =>
    ['json', 'ndjson', 'csv'].map((format) => ({ store, format })),
  ),
  { paging: 'cursor', stop: 'unless', resume: 'cursor' },
  { paging: 'cursor', stop: 'short-page', resume: 'cursor' },
  { paging: 'cursor', auth: 'signature', method: 'POST', timeFormat: 'epoch-decimal' },
  { paging: 'offset', auth: 'header', method: 'POST' },
  { paging: 'cursor', details: '/events/entities' },
  { paging: 'link', details: '/orgs/{org}/events/{id}', until: 'to' },
  { paging: 'link', path: '/sites/{partition}/events', partitions: '/sites' },
  { paging: 'cursor', path: '/sites/{partition}/events', partitions: '/sites', auth: 'signature' },
  { files: '/files/{id}', path: '/files', format: 'csv' },
  { files: '/files/{id}/content', path: '/files' },
  { export: '/exports/{job}/status', path: '/exports', method: 'POST' },
  { paging: 'cursor', stop: 'short-page', limit: 50, cursorHeader: 'X-Next' },
  { paging: 'cursor', stop: 'empty-page', limit: 50, cursorRecord: 'id' },
  {
    paging: 'link',
    auth: 'header',
    header: 'Authorization',
    prefix: 'Token ',
    path: '/orgs/{org}/log',
    limit: 50,
    until: 'to',
    timeFormat: 'date',
  },
];

/** Realistic answers: no ids, equal records, epoch times, optional members, numbers beyond 2^53. */
const SAMPLES: Readonly<Record<string, string>> = {
  'no-id':
    '[{"ts":1762000000,"who":"a@corp.test"},{"ts":1762000000,"who":"a@corp.test"},{"ts":1762000000,"who":"b"}]',
  'newest-first':
    '{"n":[{"id":3,"at":"2026-11-05T00:00:00+01:00","x":{"y":null}},{"id":2,"at":"2026-11-02T00:00:00.1234567Z"},{"id":1,"at":"2026-11-01"}],"next":["1","b"]}',
  'large-numbers':
    '{"a b":{"c.d":[{"id":"x","time":"Mon, 02 Nov 2026 10:00:00 GMT","n":12345678901234567},{"id":"y","time":"2026-11-03","n":1e300,"__proto__":{"a":1}}]},"stat":"OK"}',
};

mkdirSync(FOLDER);
const samples = mkdtempSync(join(tmpdir(), 'tributary-samples-'));
function scaffold(name: string, flags: NewCommand): void {
  const folder = join(FOLDER, name);
  writeNew(folder, filesOf(planConnector(name, flags), ROOT, folder));
}
const csv = join(samples, 'table.csv');
writeFileSync(csv, 'Event Time,id,n,note\n2026-11-05T00:00:00Z,7,12,"a, ""b"""\n2026-11-05T00:01:00Z,9,,\n');
scaffold('sample-csv', { sample: csv, paging: 'none' });
scaffold('sample-csv-by-time', { sample: csv, paging: 'time' });
const nested = join(samples, 'nested.json');
writeFileSync(
  nested,
  '{"items":[{"id":{"time":"2026-11-05T00:00:00Z","key":"k-1"},"events":[{"name":"a"},{"name":"b"},{"name":"b"}]},{"id":{"time":"2026-11-05T00:01:00Z","key":"k-2"}}]}',
);
scaffold('sample-explode', { sample: nested, records: 'items', explode: 'events', paging: 'link' });
for (const [name, text] of Object.entries(SAMPLES)) {
  const sample = join(samples, `${name}.json`);
  writeFileSync(sample, text);
  scaffold(`sample-${name}`, { sample });
  if (name === 'large-numbers') scaffold(`sample-${name}-success`, { sample, success: 'stat' });
  if (name !== 'newest-first') scaffold(`sample-${name}-by-time`, { sample, paging: 'time' });
}
for (const flags of [...byAuth, ...byStop, ...byFormat, ...others] as readonly NewCommand[]) {
  const words = [
    flags.store,
    flags.paging,
    flags.format,
    flags.auth,
    flags.stop,
    flags.resume && `by-${flags.resume}`,
    flags.method,
    flags.limit && 'with-prefix',
    flags.details && 'details',
    flags.export && 'export',
    flags.files && 'files',
    flags.partitions && 'partitions',
  ];
  const name = words
    .filter((word) => word !== undefined)
    .join('-')
    .toLowerCase();
  scaffold(name, flags);
}

afterAll(() => {
  for (const folder of [FOLDER, samples]) rmSync(folder, { recursive: true, force: true });
});

describeConnectors(foldersIn(FOLDER), MOST);
