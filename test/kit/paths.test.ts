import type { RateBudget } from '../../shared/contract/budget';
import type { Connector, PullSource, ReceiveSource } from '../../shared/contract/connector';
import type { JsonObject } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import { secret, url } from '../../shared/kit/define-connector';
import { connectorProblems } from '../../shared/kit/connector-problems';
import { rest } from '../../shared/kit/rest/rest';
import { numberAt, textAt, timeAt, valueAt } from '../../shared/kit/value-at';
import { pullContext, readAll, scriptedHttp } from '../fakes/scripted-http';

/*
 * Every member with a path to a place in an answer, a record, a post or a body accepts the same paths, and refuses others with
 * the same message.
 */

const SAME_SENTENCE =
  /reading the path .*: .+\. Write member names joined by dots, or an RFC 9535 JSONPath that begins with \$\.$/m;
const MALFORMED = ['', 'a..b', 'a.', 'items[*]', 'items[0]', '$.[', '$a', "$['a"];

const table = { name: 'AcmeEvents_CL', time: 'at', columns: {} } as const;
const spec: RestSpec = {
  base: 'url',
  path: '/events',
  method: 'POST',
  records: 'items',
  next: { kind: 'cursor', from: 'next', send: { in: 'body', name: 'cursor' } },
  stop: { on: 'no-next' },
  resume: 'cursor',
  since: { in: 'body', name: 'since' },
};
const cursor = { kind: 'cursor', from: 'next', send: { in: 'body', name: 'cursor' } } as const;

const inRest =
  (change: (path: string) => Partial<RestSpec>) =>
  (path: string): string => {
    try {
      rest({ ...spec, ...change(path) });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

const inConnector =
  (change: (path: string) => Partial<PullSource | ReceiveSource>) =>
  (path: string): string => {
    const changed = change(path);
    const how = 'receive' in changed ? {} : { pull: rest(spec) };
    const source = { table, ...how, ...changed } as PullSource;
    const connector: Connector = {
      name: 'acme',
      title: 'Acme',
      settings: { url: url('Where.') },
      sources: { events: source },
    };
    return connectorProblems(connector, 'acme').join('\n');
  };

const budget = (parts: Partial<RateBudget>): Partial<PullSource> => ({
  budget: { limits: [{ requests: 1, perMs: 1_000 }], ...parts },
});

const verify = { kind: 'token', in: 'header', name: 'x-token', secrets: ['token'] } as const;
const posted = (challenge: { readonly from: string; readonly text: string }): Partial<ReceiveSource> => ({
  settings: { token: secret('A token.') },
  receive: {
    verify,
    challenge: {
      when: { from: challenge.from, is: 'check' },
      text: challenge.text,
      answer: { text: 'text' },
    },
  },
});

const called =
  (read: (record: JsonObject, path: string) => unknown) =>
  (path: string): string => {
    try {
      read({ actor: { id: [] } }, path);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

/** Each member's message about a path; empty if it is accepted. */
const MEMBERS: Readonly<Record<string, (path: string) => string>> = {
  'rest.records': inRest((records) => ({ records })),
  'rest.next.from': inRest((from) => ({ next: { ...cursor, from } })),
  'rest.next.from with join': inRest((from) => ({ next: { ...cursor, from, join: ',' } })),
  'rest.stop.path': inRest((path) => ({ stop: { on: 'unless', path } })),
  'table.time': inConnector((time) => ({ table: { ...table, time } })),
  'table.eventId': inConnector((eventId) => ({ table: { ...table, eventId } })),
  'table.columns.from': inConnector((from) => ({
    table: { ...table, columns: { Name: { type: 'string', from } } },
  })),
  'budget.wait.from': inConnector((from) => budget({ wait: { from } })),
  'budget.exceeded.from': inConnector((from) => budget({ exceeded: { from, is: ['x'] } })),
  'receive.challenge.text': inConnector((text) => posted({ from: 'type', text })),
  'receive.challenge.when.from': inConnector((from) => posted({ from, text: 'text' })),
  valueAt: called(valueAt),
  textAt: called(textAt),
  numberAt: called(numberAt),
  timeAt: called(timeAt),
};

/** Places in a body to which a request writes: the same paths, except those that may match more than one place. */
const WRITTEN: Readonly<Record<string, (path: string) => string>> = {
  'rest.since.name': inRest((name) => ({ since: { in: 'body', name } })),
  'rest.until.name': inRest((name) => ({
    until: { in: 'body', name },
    window: { lag: { minMs: 0, maxMs: 1 } },
  })),
  'rest.next.send.name': inRest((name) => ({ next: { ...cursor, send: { in: 'body', name } } })),
};

describe.each(Object.entries({ ...MEMBERS, ...WRITTEN }))('%s', (_, problemOf) => {
  test.each(['actor.id', '$.actor.id', "$['actor']['full.name']"])('accepts %s', (path) => {
    expect(problemOf(path)).toBe('');
  });

  test.each(MALFORMED.filter((path) => path !== ''))('refuses %s as every other does', (path) => {
    expect(problemOf(path)).toMatch(SAME_SENTENCE);
    expect(problemOf(path)).toContain(`reading the path ${path}: `);
  });

  test('refuses a path without a name', () => {
    expect(problemOf('')).toMatch(/reading the path : a name is empty|a name is empty|needs table\.time/);
  });
});

test.each(Object.entries(MEMBERS))('%s accepts a path that searches', (_, problemOf) => {
  expect(problemOf('$..id')).toBe('');
  expect(problemOf("$.items[?@.kind == 'user'].id")).toBe('');
});

test.each(Object.entries(WRITTEN))(
  '%s refuses a path that searches, because nothing can be written there',
  (_, problemOf) => {
    expect(problemOf('$..id')).toContain('names no single place to write at');
  },
);

test.each(['data.items', '$.data.items', '$.data.items[*]', "$['data']['items'][*]"])(
  'the records of a list at %s are read, and its cursor beside it',
  async (records) => {
    const http = scriptedHttp('https://vendor.test', [
      { body: { data: { items: [{ at: '2026-11-01T01:00:00Z' }], next: ['a', 'b'] } } },
      { body: { data: { items: [], next: null } } },
    ]);
    const from = records.replace('items', 'next');
    const next = { ...cursor, from, join: ',' } as const;
    const pages = await readAll(rest({ ...spec, records, next, resume: 'time' }), pullContext(http));
    expect(pages[0]).toMatchObject({
      records: [{ at: '2026-11-01T01:00:00Z' }],
      checkpoint: { cursor: 'a,b' },
    });
  },
);
