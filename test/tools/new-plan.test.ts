import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexText } from '../../tools/new/index-text';
import { planConnector, unknownsOf, type Plan } from '../../tools/new/plan-connector';
import { askForMissing, askForUnknowns } from '../../tools/new/questions';
import type { RestSpec } from '../../shared/contract/rest';
import { compilePath } from '../../shared/values/json-path';
import type { NewCommand } from '../../tools/new/options';

/** The plan of a connector that sends requests. */
function planRest(...given: Parameters<typeof planConnector>): Plan & { readonly spec: RestSpec } {
  const plan = planConnector(...given);
  return { ...plan, spec: plan.spec as RestSpec };
}

const folder = mkdtempSync(join(tmpdir(), 'tributary-new-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A file with one answer. */
function sample(body: unknown): string {
  const file = join(folder, 'sample.json');
  writeFileSync(file, JSON.stringify(body));
  return file;
}

const record = { id: 'a', time: '2026-11-01T10:00:00Z' };

test('records, paging and the source’s name are found in the answer', () => {
  const answer = { data: { auditEvents: [record], page: { nextPageToken: 'xyz', hasMore: true } } };
  const { spec, source, table } = planRest('acme-edr', { sample: sample(answer) });
  expect(spec).toMatchObject({
    records: 'data.auditEvents',
    next: { kind: 'cursor', from: 'data.page.nextPageToken', send: { name: 'pageToken' } },
    stop: { on: 'unless', path: 'data.page.hasMore' },
  });
  expect([source, table.name]).toEqual(['auditEvents', 'AcmeEdrAuditEvents_CL']);
});

test('both ends of a range are sent as the sample writes its times', () => {
  const epochs = { items: [{ id: 'a', time: 1762000000 }], next: 'x' };
  const { spec } = planRest('acme', { sample: sample(epochs), since: 'from', until: 'to' });
  expect([spec.since, spec.until]).toEqual([
    { in: 'query', name: 'from', format: 'epoch-s' },
    { in: 'query', name: 'to', format: 'epoch-s' },
  ]);
});

test('the id of a signing key is declared with namesAccount: false, and a placeholder in the address is not', () => {
  const index = indexText(planRest('acme', { auth: 'signature', path: '/orgs/{org}/log' }), 'x')['index.ts'];
  expect(index).toContain(
    '("The id of the key that signs requests.", { example: "example-key", namesAccount: false })',
  );
  expect(index).toContain('("The org in the address of the API.", { example: "example" })');
});

test('a cursor of several values is sent joined', () => {
  const answer = { items: [record], next_offset: [1762000000000, 'a'] };
  expect(planRest('acme', { sample: sample(answer) }).spec.next).toEqual({
    kind: 'cursor',
    from: 'next_offset',
    join: ',',
    send: { in: 'query', name: 'next_offset' },
  });
});

test.each([
  ['an array', [record], {}],
  [
    'a next address beside a header',
    { items: [record], next: 'https://api.example.com/2' },
    { paging: 'link' },
  ],
  ['an address of something else', { items: [record], self: 'https://api.example.com/1' }, {}],
])('%s has link paging', (_, answer, flags) => {
  expect(planRest('acme', { sample: sample(answer), ...flags }).spec.next).toEqual({ kind: 'link' });
});

test.each([
  ['next', { items: [record], next: 'https://api.example.com/2' }],
  ["$['@odata.nextLink']", { value: [record], '@odata.nextLink': 'https://api.example.com/2?$skiptoken=a' }],
  ['links.next', { items: [record], links: { next: '/events?page=2' } }],
])('a next address in the body, at %s, is used for paging', (place, answer) => {
  const { pages, spec } = planRest('acme', { sample: sample(answer) });
  expect(spec.next).toEqual({ kind: 'link', from: place });
  const at = compilePath(place);
  expect(pages.map((page) => at(page))).toEqual(['/page-2', null]);
});

test('a single record becomes two, so that paging is exercised', () => {
  const { pages, rows } = planRest('acme', { sample: sample([record]) });
  expect([pages.length, rows.length]).toEqual([2, 2]);
  expect(rows[0]).toMatchObject({ EventTime: '2026-11-01T10:00:00.000Z' });
  expect(rows[1]).toMatchObject({ EventTime: '2026-11-01T10:01:00.000Z' });
});

const at = (...minutes: readonly number[]): unknown[] =>
  minutes.map((minute) => ({
    id: `event ${minute}`,
    time: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  }));

test('records stay in the order of the sample, and the declaration says so', () => {
  const { pages, rows, spec } = planRest('acme', {
    sample: sample({ items: at(4, 3, 2, 1), next_cursor: 'b' }),
  });
  expect(spec.window?.order).toBe('newest-first');
  // Ids are masked: the times show the order.
  const times = (...minutes: readonly number[]): unknown[] =>
    minutes.map((minute) => ({ time: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() }));
  expect(pages).toMatchObject([{ items: times(4, 3) }, { items: times(2, 1) }]);
  expect(rows.map((row) => (row as { EventTime: string }).EventTime)).toEqual(
    times(4, 3, 2, 1).map((one) => (one as { time: string }).time),
  );
  expect(new Set(rows.map((row) => (row as { EventId: string }).EventId)).size).toBe(4);
  expect(planRest('acme', { sample: sample({ items: at(1, 2) }) }).spec.window?.order).toBeUndefined();
});

test('the order of a sample with a single time comes from its author', () => {
  const flags = { sample: sample({ items: at(1) }), order: 'newest-first' };
  const { rows, spec } = planRest('acme', flags);
  expect(spec.window?.order).toBe('newest-first');
  expect(rows.map((row) => (row as { EventTime: string }).EventTime)).toEqual([
    '2026-01-01T00:01:00.000Z',
    '2026-01-01T00:00:00.000Z',
  ]);
});

test.each<readonly [string, unknown, NewCommand, string]>([
  ['another order', { items: at(1, 2, 3) }, { order: 'newest-first' }, 'the sample is oldest-first'],
  ['no order', { items: at(3, 1, 4, 2) }, {}, 'not ordered by time'],
  ['an unknown order', { items: at(1) }, { order: 'sideways' }, 'There are oldest-first'],
  [
    'the newest first',
    { items: at(3, 2, 1) },
    { paging: 'time' },
    'needs a vendor that returns the oldest records first',
  ],
  [
    'a missing cursor',
    { items: at(1, 2) },
    { paging: 'cursor' },
    '--cursor next_cursor: the sample has nothing there',
  ],
  [
    'an unknown cursor',
    { items: at(1), next: 'b' },
    { cursor: '$.nxt' },
    '--cursor $.nxt: the sample has nothing',
  ],
  [
    'an unknown boolean',
    { items: at(1), next: 'b' },
    { stop: 'unless' },
    '--more has_more: the sample has nothing',
  ],
])('a sample with %s is refused, and the message names the flag', (_, answer, flags, reason) => {
  expect(() => planRest('acme', { sample: sample(answer), ...flags })).toThrow(reason);
});

test('a last page may omit the path of the next one, where its author says so', () => {
  const flags = { sample: sample({ items: at(1, 2) }), paging: 'cursor', last: true };
  expect(planRest('acme', flags).pages[0]).toMatchObject({ next_cursor: 'page-2' });
});

test('it asks only for what the sample does not show', async () => {
  const asked: string[] = [];
  const askFor = async (flags: NewCommand, ...answers: string[]): Promise<NewCommand> =>
    await askForUnknowns(flags, unknownsOf('acme', flags), async (question) => {
      asked.push(question);
      return answers.shift() ?? '';
    });
  expect(await askFor({})).toEqual({});
  expect(asked).toEqual([]);
  const flags = { sample: sample({ items: at(1) }), paging: 'cursor' };
  expect(await askFor(flags, 'newest-first', 'yes')).toEqual({ ...flags, order: 'newest-first', last: true });
  expect(asked).toEqual([
    expect.stringContaining('In which order'),
    expect.stringContaining('nothing at --cursor next_cursor'),
  ]);
});

test('epoch times in the sample are requested as epoch times', () => {
  const answer = [{ id: 1, ts: 1762000000 }];
  expect(planRest('acme', { sample: sample(answer) }).spec.since).toMatchObject({ format: 'epoch-s' });
});

test('a long name still gives a table within the limit', () => {
  const { table } = planRest(`a${'-long'.repeat(12)}`, { source: 'auditEvents' });
  expect(table.name).toMatch(/^ALong.*AuditEvents_CL$/);
  expect(table.name).toHaveLength(45);
});

test.each<readonly [string, NewCommand, string]>([
  ['Acme_EDR', {}, 'Try acme-edr'],
  ['acme--edr', {}, 'single hyphens'],
  ['acme', { auth: 'cookie' }, 'There are bearer'],
  ['acme', { paging: 'time', stop: 'no-next' }, 'ends on short-page'],
  ['acme', { stop: 'empty-page', resume: 'time' }, 'continues by cursor'],
  ['acme', { sample: 'no-such-file.json' }, 'Name a file with --sample'],
  ['acme', { source: 'Events' }, 'camelCase'],
  ['acme', { time: 'result' }, '--time result'],
  ['acme', { id: 'no.such' }, '--id no.such'],
  ['acme', { records: '$..items' }, 'write the path of one array'],
  ['acme', { records: '$.tags[*]' }, 'no objects there'],
])('%s %j is refused with the reason', (name, flags, reason) => {
  expect(() => planRest(name, flags)).toThrow(reason);
});

test.each([
  ['no records', { items: [] }, 'no array of objects'],
  ['no time', [{ id: 'a' }], '--time <path>'],
])('a sample with %s is refused', (_, answer, reason) => {
  expect(() => planRest('acme', { sample: sample(answer) })).toThrow(reason);
});

test('an array has no path for a cursor', () => {
  const flags = { sample: sample([record]), paging: 'cursor' };
  expect(() => planRest('acme', flags)).toThrow('--paging link');
});

test('it asks only for what no flag says, and again until the answer is valid', async () => {
  const asked: string[] = [];
  const answers = ['', '', '/v2/log', '', 'cookie', 'header', 'X-Key', ''];
  const flags = { title: 'Acme' };
  const all = await askForMissing('acme', flags, async (question) => {
    asked.push(question);
    return answers.shift() ?? '';
  });
  expect(all).toEqual({ title: 'Acme', path: '/v2/log', auth: 'header', header: 'X-Key' });
  expect(asked).toHaveLength(9);
  expect(asked[5]).toContain('--auth cookie: unknown kind');
});

test('for a vendor that writes files it asks only for a file', async () => {
  const answers = ['s3', ''];
  const asked: string[] = [];
  const all = await askForMissing('acme', { title: 'Acme' }, async (question) => {
    asked.push(question);
    return answers.shift() ?? '';
  });
  expect(all).toEqual({ title: 'Acme', store: 's3' });
  expect(asked).toHaveLength(2);
});
