import { defineConnector, secret, string, url } from '../../shared';
import { EMPTY_CHECKPOINT, type Checkpoint } from '../../shared/contract/checkpoint';
import type { AuditEvent, Backup } from '../../shared/contract/operator';
import type { AdminContext } from '../../shared/admin/admin-context';
import { changeState, readBackups, readState } from '../../shared/admin/checkpoints';
import { readSettings } from '../../shared/settings/instance-settings';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { resolvePullSource } from '../../shared/run/run-source';
import { fakeClock } from '../fakes/fake-clock';
import { memoryCheckpoints } from '../fakes/memory-checkpoints';
import { HARNESS_ID as ID } from '../fakes/pull-harness';
import { silentLog } from '../fakes/silent-log';

/* No secret of the settings is in what an operator sees of a state, or in what a command stores of it. */

const TOKEN = 'canary/token+1';
const ENCODED = encodeURIComponent(TOKEN);
const acme = defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: { url: url('Where Acme answers.'), token: secret('A token.') },
  sources: {
    alerts: {
      table: { name: 'AcmeAlerts_CL', time: 'at', columns: { Headline: string('title') } },
      async *pull() {},
    },
  },
});
const ENV = { ACME_URL: 'https://vendor.test', ACME_TOKEN: TOKEN };

/** A state as stored by a version, or a command, that did not seal secrets. */
const BARE: Checkpoint = {
  ...EMPTY_CHECKPOINT,
  position: { next: `/log?key=${ENCODED}&page=2`, session: { of: [TOKEN] } },
};
const SEALED = { next: '/log?key={secret:token%}&page=2', session: { of: ['{secret:token}'] } };
const SHOWN = { next: '/log?key=***&page=2', session: { of: ['***'] } };

async function* none(): AsyncGenerator<never> {}

/** Admin over a storage in memory. */
function admin(env: Readonly<Record<string, string>> = ENV) {
  const checkpoints = memoryCheckpoints();
  const acts: AuditEvent[] = [];
  const kept: Backup[] = [];
  const state = {
    checkpoints,
    pauses: { read: () => Promise.resolve(undefined) },
    backfills: { list: none },
    auditLog: { add: async (act: AuditEvent) => void acts.push(act) },
    backups: {
      put: async (_: unknown, text: string) => {
        kept.push({ name: `copy-${kept.length}`, at: '2026-11-21T12:00:00.000Z', text });
        return kept.at(-1)!.name;
      },
      list: async () => kept,
    },
  };
  const tools: AdminContext = {
    state: state as unknown as AdminContext['state'],
    clock: fakeClock(),
    log: silentLog(),
    secrets: secretsOf([TOKEN]),
    find: (id) => resolvePullSource(id, [acme], readSettings(acme, env).instances),
    kindOf: () => 'pull',
    deliveryRoute: () => Promise.resolve(undefined),
  };
  return { acts, checkpoints, tools };
}

const hasSecret = (value: unknown): boolean =>
  [TOKEN, ENCODED].some((form) => JSON.stringify(value).includes(form));

test('a state that is shown or exported is masked, even in an open window', async () => {
  const { checkpoints, tools } = admin();
  const open = [{ lane: 'live', from: 'a', to: 'b', position: BARE.position }];
  checkpoints.seed(ID, { ...BARE, windows: { open } } as unknown as Checkpoint);
  const shown = (await readState(tools, ID))?.checkpoint;
  expect(shown).toMatchObject({ position: SHOWN, windows: { open: [{ lane: 'live', position: SHOWN }] } });
  expect(hasSecret(shown)).toBe(false);
});

test('the answer of a command, its audit event and the listed backups are masked', async () => {
  const { acts, checkpoints, tools } = admin();
  checkpoints.seed(ID, BARE);
  const since = new Date('2026-11-20T12:00:00Z');
  const changed = await changeState(tools, ID, 'anna', {
    what: 'state-set',
    since,
    position: BARE.position!,
  });
  expect(changed).toMatchObject({ before: { position: SHOWN }, after: { position: SEALED } });
  const copies = await readBackups(tools, ID);
  expect(copies).toMatchObject([{ name: 'copy-0', checkpoint: { position: SHOWN } }]);
  expect(acts).toMatchObject([{ before: { position: SHOWN }, after: { position: SEALED } }]);
  expect(hasSecret([changed, copies, acts])).toBe(false);
});

test.each(['state-set', 'state-import', 'state-restore'] as const)(
  '%s stores a position without its secrets, and leaves one without secrets unchanged',
  async (what) => {
    const { checkpoints, tools } = admin();
    for (const position of [BARE.position!, SEALED]) {
      const checkpoint = { ...BARE, position };
      checkpoints.seed(ID, checkpoint);
      if (what === 'state-restore') {
        await changeState(tools, ID, 'anna', { what: 'state-reset' });
        const name = (await readBackups(tools, ID)).at(-1)!.name;
        await changeState(tools, ID, 'anna', { what, name });
      } else if (what === 'state-import') {
        await changeState(tools, ID, 'anna', { what, checkpoint });
      } else {
        await changeState(tools, ID, 'anna', { what, since: new Date(0), position });
      }
      expect((await checkpoints.read(ID))?.position).toEqual(SEALED);
    }
  },
);

test('the position of a source that is off is stored as given, and still shown masked', async () => {
  const { checkpoints, tools } = admin({});
  await changeState(tools, ID, 'anna', { what: 'state-import', checkpoint: BARE });
  expect((await checkpoints.read(ID))?.position).toEqual(BARE.position);
  expect((await readState(tools, ID))?.checkpoint?.position).toEqual(SHOWN);
});

test('restoring a backup that does not exist changes nothing', async () => {
  const { acts, checkpoints, tools } = admin();
  checkpoints.seed(ID, BARE);
  await expect(changeState(tools, ID, 'anna', { what: 'state-restore', name: 'gone' })).rejects.toThrow(
    /^restoring a state of acme\/alerts: gone is not among its backups/,
  );
  expect([await checkpoints.read(ID), acts]).toEqual([BARE, []]);
});
