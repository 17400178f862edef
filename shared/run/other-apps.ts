import type { AppIdentity, SeenApp } from '../contract/seen-apps';
import { isNamedError } from '../contract/errors';
import type { OnDamage } from '../contract/operator';
import type { Clock, Log } from '../contract/run';
import { appIdentity, createSeenApps } from '../storage/state/seen-apps';
import { containerName, openStorage } from '../storage/storage';
import { STORAGE_PREFIX } from '../storage/storage-names';
import { DAMAGED_BLOB_RESET } from '../values/damage-errors';
import type { Stores } from './stores';
import type { Environment } from '../settings/environment';

/** An app renews its entry every 15 minutes; one that has missed three renewals is gone. */
const GONE_MS = 50 * 60_000;

/**
 * How long two slots of one app may use the same storage without a warning. During a swap, the new slot starts with the
 * settings of the old one, storage included, and warms up beside it for some minutes.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-deployment-slots#swap-operations
 */
const SWAP_MS = 30 * 60_000;

/**
 * Registers this app in the storage, and warns of every other app there. Apps that share storage by mistake continue from
 * each other's checkpoints, so that events of both are skipped. Warns once when the app had its state in another container
 * before `STORAGE_PREFIX` was set. Never throws: when storage cannot be reached, the runs report it.
 */
export async function warnOfOtherApps(
  env: Environment,
  { clock, log, state }: { readonly clock: Clock; readonly log: Log; readonly state: () => Stores },
): Promise<void> {
  const self = appIdentity(env);
  if (self === undefined) return;
  const where = containerName(env);
  try {
    const { seenApps } = state();
    const now = clock.now();
    const damaged = ({ message }: Error): void => log.warn({ reason: message }, DAMAGED_BLOB_RESET);
    const known = await seenApps.list(damaged);
    if (!known.some((app) => isSame(app, self))) await warnOfFormerState(self, env, { clock, damaged, log });
    const all = known.filter(({ at }) => now.getTime() - Date.parse(at) < GONE_MS);
    const before = all.find((app) => isSame(app, self));
    const own: SeenApp = { ...self, since: before?.since ?? now.toISOString(), at: now.toISOString() };
    await seenApps.put(own);
    for (const other of all.filter((app) => !isSame(app, self) && !isSwap(app, own))) {
      const [app, second] = [nameOf(self), nameOf(other)];
      log.warn(
        { app, other: second, seenAt: other.at, container: where, reason: remedy(app, second, where) },
        'another app uses the same storage',
      );
    }
  } catch (error) {
    if (!isNamedError(error)) throw error;
    log.warn({ reason: error.message }, 'whether another app uses the same storage is not known');
  }
}

/** Warns when a new prefix makes the app begin without its former state. */
async function warnOfFormerState(
  self: AppIdentity,
  env: Environment,
  { clock, damaged, log }: { readonly clock: Clock; readonly damaged: OnDamage; readonly log: Log },
): Promise<void> {
  const without = { ...env, [STORAGE_PREFIX]: '' };
  const [container, formerly] = [containerName(env), containerName(without)];
  if (container === formerly) return;
  const all = await createSeenApps(openStorage(without), clock).list(damaged);
  if (!all.some((app) => isSame(app, self))) return;
  const reason = `${nameOf(self)} kept its state in the container ${formerly} before ${STORAGE_PREFIX} was set: each source begins at its START, and what was pushed there and not delivered stays there. To go on where it was, remove ${STORAGE_PREFIX}, wait until "npx tributary state list" shows nothing pending, run "npx tributary state export", set it again and run "npx tributary state import". If the state there is another app's, nothing needs to be done.`;
  log.warn({ app: nameOf(self), container, formerly, reason }, 'the app begins without its state');
}

function remedy(app: string, other: string, where: string): string {
  return `${app} and ${other} both keep their state in the container ${where}: each goes on from the other's checkpoints and takes its trigger messages, so that events of both can be skipped. Set STORAGE_PREFIX for one of them to a name of its own (for slots, as a slot setting), or give it another storage account. If ${other} was moved or removed and is not there any more, nothing needs to be done.`;
}

function isSame(one: AppIdentity, other: AppIdentity): boolean {
  return one.site === other.site && one.slot === other.slot;
}

/** True for two slots of one app that have not been seen together for longer than a swap takes. */
function isSwap(other: SeenApp, own: SeenApp): boolean {
  const begun = Math.max(Date.parse(other.since), Date.parse(own.since));
  return other.site === own.site && Date.parse(other.at) - begun < SWAP_MS;
}

function nameOf({ site, slot }: AppIdentity): string {
  return slot === 'production' ? site : `${site} (slot ${slot})`;
}
