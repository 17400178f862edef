import { formatId } from '../contract/checkpoint';
import type { TriggerQueue } from '../contract/run';
import { storageError, storageStatus, type Storage } from './storage';
import { prefixProblems, storageName } from './storage-names';
import type { Environment } from '../settings/environment';

/** Continues pulls; `functions/continue.ts` listens to it. In storage every queue's name begins with the app's prefix. */
export const CONTINUE_QUEUE = 'tributary-continue';

/** Starts backfill workers; `functions/backfill.ts` listens to it. Separate, so that live collection never waits behind it. */
export const BACKFILL_QUEUE = 'tributary-backfill';

/** Starts deliveries of pushed records; `functions/deliver.ts` listens to it. */
export const DELIVER_QUEUE = 'tributary-deliver';

/** The names of the app's queues in storage, by the method of the app that handles their messages. */
export interface AppQueues {
  readonly goOn: string;
  readonly workOn: string;
  readonly deliver: string;
}

/** The queues that the app listens to. `undefined` for an invalid prefix, because the names could be another app's. */
export function appQueues(env: Environment): AppQueues | undefined {
  if (prefixProblems(env).length > 0) return undefined;
  return {
    goOn: storageName(env, CONTINUE_QUEUE),
    workOn: storageName(env, BACKFILL_QUEUE),
    deliver: storageName(env, DELIVER_QUEUE),
  };
}

/** Sends trigger messages to a storage queue, in Base64 as the Functions host expects. */
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
        throw storageError(
          `sending a trigger message for ${formatId({ connector, instance, source })}`,
          error,
        );
      }
    },
  };
}
