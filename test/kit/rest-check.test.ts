import { ContractError } from '../../shared/contract/errors';
import type { RestSpec } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest';

const spec: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$[*]',
  next: { kind: 'time' },
  stop: { on: 'short-page', full: 3 },
  resume: 'time',
  since: { in: 'query', name: 'from' },
  until: { in: 'query', name: 'to' },
  window: { lag: { minMs: 1, maxMs: 2 } },
  time: 'at',
};
const { time: _, ...timeless } = spec;
const { window: _window, ...windowless } = spec;
const list = { kind: 'cursor', from: '$.next', join: ',', send: { in: 'query', name: 'page' } } as const;

test('a declaration with both bounds is taken, and completed', () => {
  expect(rest(spec).rest).toEqual({ ...spec, window: { lag: { minMs: 1, maxMs: 2 }, stepMs: 1 } });
});

test('one that says nothing of its windows has lags of a minute to an hour', () => {
  const { window: __, ...silent } = spec;
  const coarse = { ...silent, since: { ...spec.since, format: 'epoch-s' } } as const;
  expect(rest(coarse).rest?.window).toEqual({ lag: { minMs: 60_000, maxMs: 3_600_000 }, stepMs: 1_000 });
});

test.each<[string, RestSpec]>([
  ['since', { ...spec, since: { in: 'query', name: 'from', template: 'created:>=' } }],
  ['until', { ...spec, until: { in: 'query', name: 'to', template: 'x' } }],
  ['until', { ...windowless, next: { kind: 'link' }, resume: 'cursor' }],
  ['time', { ...timeless, next: { kind: 'link' } }],
  ['time', { ...timeless, next: { kind: 'link' }, resume: 'cursor' }],
  ['window', { ...spec, window: { lag: { minMs: 2, maxMs: 1 } } }],
  ['window', { ...spec, window: { lag: { minMs: -1, maxMs: 1 } } }],
  ['window', { ...spec, window: { lag: { minMs: 1, maxMs: 1 }, maxMs: 0 } }],
  ['window', { ...spec, window: { lag: { minMs: 1, maxMs: 1 }, maxPages: 0 } }],
  [
    'window',
    {
      ...spec,
      since: { ...spec.since, format: 'epoch-s' },
      window: { lag: { minMs: 1, maxMs: 1 }, maxMs: 500 },
    },
  ],
  ['until', { ...spec, until: { in: 'body', name: 'to' } }],
  ['next', { ...spec, stop: { on: 'empty-page' } }],
  ['stop.full', { ...spec, stop: { on: 'short-page', full: 0 } }],
  ['next.from', { ...spec, next: list }],
  ['next.from', { ...spec, next: { ...list, from: '$.[[*]' } }],
])('a declaration with a wrong %s is refused', (member, wrong) => {
  expect(() => rest(wrong)).toThrow(ContractError);
  expect(() => rest(wrong)).toThrow(`declaration: ${member}: `);
});
