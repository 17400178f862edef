import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { Log, TriggerMessage } from '../contract/run';
import { isPathSegment } from '../values/names';
import { isObject } from '../values/json-path';

/**
 * Does what a wake-up asks for. One that names no source, or one that is off by now, is only said.
 * @param answer gives `busy` where another holds what it needs @param back brings the wake-up back then
 */
export async function answerWakeUp(
  message: unknown,
  log: Log,
  answer: (id: TriggerMessage) => Promise<unknown>,
  back?: (id: TriggerMessage) => Promise<void>,
): Promise<void> {
  const woken = sourceNamedBy(message);
  try {
    if (woken === undefined) {
      throw new SettingError(
        'answering a wake-up: it names no source. It is dropped: what is stored says what is left to do.',
      );
    }
    if ((await answer(woken)) === 'busy') await back?.(woken);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    log.warn({ ...woken, reason: error.message }, 'nothing to go on with');
  }
}

/** What a message names. Whoever may write to the queue may have written it: a name in it is a name and no path. */
function sourceNamedBy(message: unknown): TriggerMessage | undefined {
  if (!isObject(message as Json)) return undefined;
  const { backfill, connector, instance, source } = message as Partial<Record<keyof TriggerMessage, unknown>>;
  if (!isPathSegment(connector) || !isPathSegment(instance) || !isPathSegment(source)) return undefined;
  if (backfill === undefined) return { connector, instance, source };
  return isPathSegment(backfill) ? { connector, instance, source, backfill } : undefined;
}
