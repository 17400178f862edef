import { SettingError } from '../contract/errors';

/** The log's sentence of a damaged blob that costs nothing but what its error says. */
export const DAMAGED_BLOB_RESET = 'a stored blob is damaged: it is kept aside, and begun anew';

/** True for the error of a stored blob that is damaged. */
export function isDamage(error: unknown): error is SettingError {
  return error instanceof SettingError && error.isDamage;
}

/**
 * Reads what is stored; what is damaged there is told, and costs its neighbours nothing.
 * @param damaged is told why it cannot be read @returns `undefined` where it cannot, and where there is none
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
