import { SettingError } from './contract/errors';
import type { Json } from './contract/json';
import type { Log, Woken } from './contract/run';
import { isObject } from './kit/paths';

/** Does what a wake-up asks for. One that names no source, or one that is off by now, is only said. */
export async function answerWakeUp(
  message: unknown,
  log: Log,
  answer: (id: Woken) => Promise<unknown>,
): Promise<void> {
  const { backfill, connector, instance, source } = isObject(message as Json)
    ? (message as Partial<Woken>)
    : {};
  try {
    if (connector === undefined || instance === undefined || source === undefined) {
      throw new SettingError(
        'answering a wake-up: it names no source. It is dropped: what is stored says what is left to do.',
      );
    }
    await answer({ connector, instance, source, ...(backfill === undefined ? {} : { backfill }) });
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    log.warn({ connector, instance, source, reason: error.message }, 'nothing to go on with');
  }
}
