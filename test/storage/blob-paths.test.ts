import { pathOf, sourceIn, sourcePath } from '../../shared/storage/blob-paths';
import { handleTriggerMessage } from '../../shared/run/trigger-message';
import { silentLog } from '../fakes/silent-log';

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };

/** Invalid names, which would reach into another folder or are ambiguous. */
const HOSTILE = [
  '',
  '.',
  '..',
  '../checkpoints',
  'a/b',
  'a\\b',
  '/',
  'a\n',
  'a?b',
  'a#b',
  'a%2fb',
  'x'.repeat(201),
];

test.each(['alerts', 'audit-log', 'eu_west', '_x', '2026-11-21T12:00', 'dcr.1-(x)', '0a1b2c3d.7'])(
  '%j is a valid name in a path',
  (name) => {
    expect(pathOf('spool', name)).toBe(`spool/${name}`);
  },
);

test.each(HOSTILE)('%j is refused anywhere in a path, and no request is made', (name) => {
  expect(() => pathOf('streams', name)).toThrow(/^finding streams in storage: .* cannot be the name of/);
  for (const member of ['connector', 'instance', 'source'])
    expect(() => sourcePath('runs', { ...ID, [member]: name })).toThrow(/Nothing was read or written/);
});

test('the names in a path are read back, and a path of no source is skipped', () => {
  expect(sourceIn(`${sourcePath('checkpoints', ID)}.json`)).toEqual({ id: ID, rest: [] });
  expect(sourceIn(sourcePath('acts', ID, '2026-11.jsonl'))).toEqual({ id: ID, rest: ['2026-11.jsonl'] });
  for (const path of ['spool', 'spool/acme', 'spool/acme/default', 'spool/acme//alerts', 'spool/acme/../x'])
    expect(sourceIn(path)).toBeUndefined();
});

test.each<unknown>([
  undefined,
  null,
  7,
  'acme/alerts',
  [ID],
  {},
  { ...ID, source: undefined },
  { ...ID, source: 7 },
  { ...ID, source: ['alerts'] },
  { ...ID, connector: { name: 'acme' } },
  ...HOSTILE.flatMap((name) => [
    { ...ID, instance: name },
    { ...ID, backfill: name },
  ]),
])('the message %j names no source, and is logged and dropped', async (message) => {
  const log = silentLog();
  const answered: unknown[] = [];
  await handleTriggerMessage(message, log, async (id) => answered.push(id));
  expect([answered, log.lines.map(({ level }) => level)]).toEqual([[], ['warn']]);
});

test('other members of a message are not passed on', async () => {
  const answered: unknown[] = [];
  const message = { ...ID, backfill: '0a1b2c3d', part: '../x', startFrom: '1970-01-01T00:00:00.000Z' };
  await handleTriggerMessage(message, silentLog(), async (id) => answered.push(id));
  expect(answered).toEqual([{ ...ID, backfill: '0a1b2c3d' }]);
});
