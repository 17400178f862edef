import { formatId } from '../contract/checkpoint';
import type { TriggerQueue } from '../contract/run';
import { storageError, storageStatus, type Storage } from './storage';
import { prefixProblems, storageName } from './storage-names';
import type { Environment } from '../settings/environment';

/** The queue of wake-ups; `functions/continue.ts` listens to it. In storage its name begins with the app's prefix, as each. */
export const CONTINUE_QUEUE = 'tributary-continue';

/** The queue of those who work backfills, so that nothing live ever waits behind them; `functions/backfill.ts` listens to it. */
export const BACKFILL_QUEUE = 'tributary-backfill';

/** The queue of pushed records that wait for their delivery; `functions/deliver.ts` listens to it. */
export const DELIVER_QUEUE = 'tributary-deliver';

/** The app's queues, as they are named in storage; the members are those of the app that answer their messages. */
export interface AppQueues {
  readonly goOn: string;
  readonly workOn: string;
  readonly deliver: string;
}

/** The queues that an app listens to; `undefined` where its prefix is wrong, because others' may have that name. */
export function appQueues(env: Environment): AppQueues | undefined {
  if (prefixProblems(env).length > 0) return undefined;
  return {
    goOn: storageName(env, CONTINUE_QUEUE),
    workOn: storageName(env, BACKFILL_QUEUE),
    deliver: storageName(env, DELIVER_QUEUE),
  };
}

/** Wake-ups as messages of a storage queue, Base64 as the Functions host expects them. */
export function createTriggerQueue({ queue }: Pick<Storage, 'queue'>, name = CONTINUE_QUEUE): TriggerQueue {
  const client = queue(name);
  return {
    async send({ backfill, connector, instance, source }, afterMs = 0) {
      const message = Buffer.from(JSON.stringify({ connector, instance, source, backfill })).toString(
        'base64',
      );
      const seconds = Math.max(0, Math.ceil(afterMs / 1_000));
      const hidden = seconds > 0 ? { visibilityTimeout: seconds } : {};
      try {
        await client.sendMessage(message, hidden).catch(async (error: unknown) => {
          if (storageStatus(error) !== 404) throw error;
          await client.createIfNotExists();
          await client.sendMessage(message, hidden);
        });
      } catch (error) {
        throw storageError(`waking ${formatId({ connector, instance, source })}`, error);
      }
    },
  };
}
