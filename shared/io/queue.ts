import { formatId } from '../contract/checkpoint';
import type { WakeUps } from '../contract/run';
import { storageError, storageStatus, type Storage } from './storage';

/** The queue of wake-ups; `functions/continue.ts` listens to it. */
export const CONTINUE_QUEUE = 'tributary-continue';
/** The queue of those who work backfills, so that nothing live ever waits behind them; `functions/backfill.ts` listens to it. */
export const BACKFILL_QUEUE = 'tributary-backfill';

/** Wake-ups as messages of storage queues, Base64 as the Functions host expects them. */
export function createWakeUps({ queue }: Pick<Storage, 'queue'>): WakeUps {
  const send = async (name: string, said: object, afterMs: number): Promise<void> => {
    const client = queue(name);
    const message = Buffer.from(JSON.stringify(said)).toString('base64');
    const seconds = Math.max(0, Math.ceil(afterMs / 1_000));
    const hidden = seconds > 0 ? { visibilityTimeout: seconds } : {};
    await client.sendMessage(message, hidden).catch(async (error: unknown) => {
      if (storageStatus(error) !== 404) throw error;
      await client.createIfNotExists();
      await client.sendMessage(message, hidden);
    });
  };
  return {
    async wake({ connector, instance, source }, afterMs = 0) {
      try {
        await send(CONTINUE_QUEUE, { connector, instance, source }, afterMs);
      } catch (error) {
        throw storageError(`waking ${formatId({ connector, instance, source })}`, error);
      }
    },
    async wakeWorker({ connector, instance, source }, backfill, afterMs = 0) {
      try {
        await send(BACKFILL_QUEUE, { connector, instance, source, backfill }, afterMs);
      } catch (error) {
        throw storageError(`waking a worker of the backfill ${backfill}`, error);
      }
    },
  };
}
