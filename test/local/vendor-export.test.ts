import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { defineConnector, oneAnswer, rest, secret, string, url } from '../../shared';
import { fakeClock } from '../fakes/fake-clock';

/* A vendor that prepares an export is simulated as one: it fails now and then, lists its chunks late, and forgets it. */

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'tributary-export-'));
for (const source of ['events', 'deleted']) {
  mkdirSync(join(folder, 'fixtures', source), { recursive: true });
  writeFileSync(
    join(folder, 'fixtures', source, 'page-1.json'),
    JSON.stringify([{ id: `${source}-1`, at: '2026-11-20T08:00:00.000Z' }]),
  );
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spec = {
  base: 'url',
  method: 'POST',
  path: '/exports',
  auth: { kind: 'bearer', setting: 'token' },
  records: '$',
  ...oneAnswer(),
  since: { in: 'body', name: 'since' },
  export: {
    job: 'id',
    running: { status: 409, job: 'active' },
    status: {
      path: '/exports/{job}',
      from: 'status',
      ready: ['DONE'],
      failed: ['ERROR'],
      chunks: 'chunks',
      missing: ['failed'],
    },
    chunk: { path: '/exports/{job}/chunks/{chunk}', query: { format: 'json' } },
    keptMs: HOUR_MS,
  },
} as const;
const table = { name: 'AcmeEvents_CL', time: 'at', eventId: 'id', columns: { Id: string('id') } };

const connector = defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: { url: url('The address.'), token: secret('A token.') },
  sources: {
    events: { pull: rest(spec), table },
    deleted: {
      pull: rest({ ...spec, body: { deleted: true } }),
      table: { ...table, name: 'AcmeDeletedEvents_CL' },
    },
  },
});

const clock = fakeClock('2026-11-21T12:00:00.000Z');
let vendor: Vendor;
beforeEach(async () => {
  vendor = await startVendor({
    connectors: [{ connector, folder }],
    live: true,
    now: clock.now,
    pageSize: 50,
  });
});
afterEach(() => vendor.close());

interface Answer {
  readonly status: number;
  readonly body: {
    readonly id: string;
    readonly active: string;
    readonly status: string;
    readonly chunks: readonly string[];
    readonly length: number;
  };
}

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${vendor.url}/acme${path}`, {
    method,
    headers: {
      authorization: `Bearer ${vendor.settings('acme')['token'] ?? ''}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const order = (since = '2026-11-21T00:00:00.000Z'): Promise<Answer> => ask('POST', '/exports', { since });

/** Orders exports, each a minute later, until one is not going to fail, and waits for it. */
async function finished(): Promise<{ readonly id: string; readonly failures: number }> {
  for (let failures = 0; failures < 10; failures++) {
    const { id } = (await order()).body;
    clock.advance(60_000);
    if ((await ask('GET', `/exports/${id}`)).body.status === 'DONE') return { id, failures };
  }
  throw new Error('ten exports in a row were not finished');
}

test('an export is prepared for some seconds, and its chunks are listed one after another', async () => {
  const { id } = (await order()).body;
  const first = await ask('GET', `/exports/${id}`);
  clock.advance(4_000);
  const half = await ask('GET', `/exports/${id}`);
  expect([first.body, half.body]).toMatchObject([
    { status: 'PREPARING', chunks: [], failed: [] },
    { status: 'PREPARING', chunks: ['2', '4', '1'], failed: [] },
  ]);
  const whole = await ask('GET', `/exports/${(await finished()).id}`);
  expect(whole.body.chunks).toEqual(['2', '4', '1', '3', '5']);
  expect(vendor.complaints).toEqual([]);
});

test('the chunks hold all records of the range, once', async () => {
  const { id } = await finished();
  const { chunks } = (await ask('GET', `/exports/${id}`)).body;
  const found = await Promise.all(
    chunks.map((chunk) => ask('GET', `/exports/${id}/chunks/${chunk}?format=json`)),
  );
  const ids = found.flatMap(({ body }) => (body as unknown as { id: string }[]).map((one) => one.id));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(200);
});

test('a second export of the same range is refused with the id of the first while it is prepared', async () => {
  const { id } = (await order()).body;
  expect(await order()).toMatchObject({ status: 409, body: { active: id } });
  expect(await order('2026-11-20T00:00:00.000Z')).toMatchObject({ status: 200 });
});

test('two sources whose exports have the same addresses each answer for their own', async () => {
  const [own, other] = [
    (await order()).body.id,
    (await ask('POST', '/exports', { since: '2026-11-21T00:00:00.000Z', deleted: true })).body.id,
  ];
  clock.advance(1_000);
  const states = [await ask('GET', `/exports/${own}`), await ask('GET', `/exports/${other}`)];
  expect(states.map(({ body, status }) => [status, body.status])).toEqual([
    [200, 'PREPARING'],
    [200, 'PREPARING'],
  ]);
  expect(vendor.requests.map(({ source }) => source)).toEqual(['events', 'deleted', 'events', 'deleted']);
  expect(vendor.complaints).toEqual([]);
});

test('some exports fail, and an old one is deleted', async () => {
  let failures = 0;
  let last = '';
  for (let tries = 0; tries < 12; tries++) {
    const one = await finished();
    failures += one.failures;
    last = one.id;
  }
  expect(failures).toBeGreaterThan(0);
  clock.advance(HOUR_MS);
  expect((await ask('GET', `/exports/${last}`)).status).toBe(404);
  expect((await ask('GET', `/exports/${last}/chunks/1?format=json`)).status).toBe(404);
  expect(vendor.complaints).toEqual([]);
});

test('a chunk that is requested early, a missing parameter and an unknown export are refused', async () => {
  const { id } = (await order('2026-11-21T06:00:00.000Z')).body;
  expect((await ask('GET', `/exports/${id}/chunks/1?format=json`)).status).toBe(404);
  expect((await ask('GET', `/exports/${id}/chunks/1`)).status).toBe(400);
  expect((await ask('GET', '/exports/made-up')).status).toBe(404);
  expect(vendor.complaints).toEqual([
    expect.stringContaining('the chunk is not in the list of the export'),
    expect.stringContaining('the query lacks format'),
  ]);
});
