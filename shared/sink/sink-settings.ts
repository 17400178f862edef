import { SettingError } from '../contract/errors';
import { isUnresolved, unresolvedProblem } from '../settings/unresolved-references';
import { addressProblem } from '../settings/setting-values';
import type { Environment } from '../settings/environment';
import { withoutEndSlashes } from '../kit/define-connector';

/** Reads a required variable. @throws SettingError when it is not set or is an unresolved reference */
export function required(name: string, env: Environment): string {
  const value = env[name]?.trim() ?? '';
  if (value === '')
    throw new SettingError(
      `reading the sink's settings: ${name} is not set. See docs/reference/settings.md for what each sink needs.`,
    );
  if (isUnresolved(value))
    throw new SettingError(`reading the sink's settings: ${unresolvedProblem(name, value)}`);
  return value;
}

/** Reads a required address: https, or http to this machine. Removes slashes at its end. @throws SettingError */
export function requiredUrl(name: string, env: Environment): string {
  const value = required(name, env);
  const problem = addressProblem(name, value);
  if (problem !== undefined) throw new SettingError(`reading the sink's settings: ${problem}`);
  return withoutEndSlashes(value);
}
