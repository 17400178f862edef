import { SettingError } from '../contract/errors';

/** The log sentence for a damaged blob that starts again empty. The error says what that costs. */
export const DAMAGED_BLOB_RESET = 'a stored blob is damaged: its bytes are kept, and it starts empty';

/** True for the error of a damaged stored blob. */
export function isDamage(error: unknown): error is SettingError {
  return error instanceof SettingError && error.isDamage;
}

/**
 * Awaits a read, and reports damage instead of throwing it, so that the neighbours can still be read.
 * @param damaged called with the error of a damaged blob @returns `undefined` for a damaged blob, or if there is none
 */
export async function readOrReport<T>(
  read: Promise<T>,
  damaged: (problem: SettingError) => void,
): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!isDamage(error)) throw error;
    damaged(error);
    return undefined;
  }
}
