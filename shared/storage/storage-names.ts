import { isUnresolved, unresolvedProblem } from '../settings/unresolved-references';
import type { Environment } from '../settings/environment';

/** The setting that separates apps that share a storage account. */
export const STORAGE_PREFIX = 'STORAGE_PREFIX';

/**
 * The names of containers and queues have at most 63 characters, lower-case letters, digits and single hyphens, and
 * begin and end with a letter or a digit. The longest name here is a poison queue's, `<prefix>-tributary-backfill-poison`.
 * @see https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata
 */
const MAX_PREFIX = 32;
const PREFIX = /^[a-z\d]+(-[a-z\d]+)*$/;

/** Why `STORAGE_PREFIX` cannot begin a name in storage, as a sentence. Empty when it is valid or not set. */
export function prefixProblems(env: Environment): string[] {
  const text = prefixOf(env);
  if (text === '') return [];
  if (isUnresolved(text)) return [unresolvedProblem(STORAGE_PREFIX, text)];
  if (text.length <= MAX_PREFIX && PREFIX.test(text)) return [];
  return [
    `${STORAGE_PREFIX}: ${text} cannot begin the name of a container or a queue. Write 1 to ${MAX_PREFIX} lower-case letters and digits, with single hyphens between them, such as soc-2. Until then, nothing is read from storage or written to it.`,
  ];
}

/** The name of a container or a queue of this app: `tributary`, or `<prefix>-tributary`. */
export function storageName(env: Environment, name: string): string {
  const prefix = prefixOf(env);
  return prefix === '' ? name : `${prefix}-${name}`;
}

function prefixOf(env: Environment): string {
  return env[STORAGE_PREFIX]?.trim() ?? '';
}
