import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import { datetime, defineConnector, rest, text, url } from '../../shared';
import { orderProblems, pathProblems } from './fixture-problems';

const folder = mkdtempSync(join(tmpdir(), 'tributary-fixtures-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const spec: RestSpec = {
  base: 'url',
  path: '/log',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.meta.next', send: { in: 'query', name: 'page' } },
  stop: { on: 'unless', path: '$.meta.more' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
};
const at = (...minutes: readonly number[]): Json[] =>
  minutes.map((minute) => ({ at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() }));

/** The problems of a source with these answers as its fixtures. */
function problemsOf(declared: RestSpec, ...bodies: readonly Json[]): string[] {
  rmSync(join(folder, 'fixtures'), { recursive: true, force: true });
  mkdirSync(join(folder, 'fixtures', 'events'), { recursive: true });
  for (const [index, body] of bodies.entries())
    writeFileSync(join(folder, 'fixtures', 'events', `page-${index + 1}.json`), JSON.stringify(body));
  const connector = defineConnector({
    name: 'acme',
    title: 'Acme',
    settings: {
      url: url('Where it is.', { example: 'https://api.example.com' }),
      org: text('Whose.', { example: 'a' }),
    },
    sources: {
      events: {
        pull: rest(declared),
        table: { name: 'AcmeEvents_CL', time: 'at', columns: { At: datetime('at') } },
      },
    },
  });
  return [...pathProblems(folder, connector, 'events'), ...orderProblems(folder, connector, 'events')];
}
const page = (items: readonly Json[], meta: Json): Json => ({ items, meta });

test('fixtures that fill every path, in the declared order, have no problem', () => {
  const [first, last] = [
    page(at(1, 2), { next: 'b', more: true }),
    page(at(2, 3), { next: null, more: false }),
  ];
  expect(problemsOf(spec, first, last)).toEqual([]);
});

test('a path that no fixture fills is reported with its member', () => {
  expect(problemsOf(spec, page(at(1, 2), { cursor: 'b', hasMore: true }))).toEqual([
    expect.stringMatching(/^next\.from: no answer in fixtures\/events has a cursor at \$\.meta\.next\./),
    expect.stringMatching(/^stop\.path: no answer in fixtures\/events has true at \$\.meta\.more\./),
  ]);
});

test('a cursor of several values is filled by any of them, but not by an empty list', () => {
  const joined: RestSpec = {
    ...spec,
    next: { kind: 'cursor', from: '$.next[*]', join: ',', send: { in: 'query', name: 'page' } },
    stop: { on: 'no-next' },
  };
  expect(problemsOf(joined, { items: at(1), next: [17, 'a'] })).toEqual([]);
  expect(problemsOf(joined, { items: at(1), next: [] })).toHaveLength(1);
});

test('records are compared over all pages together; one record out of place does not matter', () => {
  const meta = { next: 'b', more: true };
  const newest = { ...spec, window: { lag: { minMs: 0, maxMs: 0 }, order: 'newest-first' } } as RestSpec;
  expect(problemsOf(spec, page(at(4, 3), meta), page(at(2, 1), meta))).toEqual([
    expect.stringMatching(
      /^window\.order: .* are newest-first, .* declares oldest-first\. Declare window\.order: 'newest-first'/,
    ),
  ]);
  expect(problemsOf(newest, page(at(4, 3), meta), page(at(2, 1), meta))).toEqual([]);
  expect(problemsOf(newest, page(at(1, 2), meta))).toHaveLength(1);
  expect(problemsOf(spec, page(at(3, 1, 4, 2), meta))).toEqual([
    expect.stringContaining('in no order of time'),
  ]);
  expect(problemsOf(spec, page(at(1, 2, 4, 3, 5), meta))).toEqual([]);
});

test('a feed read by cursor is in the order in which its vendor stored it', () => {
  const feed = { ...spec, resume: 'cursor' } as RestSpec;
  expect(problemsOf(feed, page(at(4, 3, 2), { next: 'b', more: true }))).toEqual([]);
});
