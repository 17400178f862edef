import { SettingError } from '../contract/errors';
import { isUnresolved, unresolvedProblem } from '../settings/unresolved-references';
import { addressProblem } from '../settings/setting-values';
import type { Environment } from '../settings/environment';
import { withoutEndSlashes } from '../kit/define-connector';

/** A variable that must be set. @throws SettingError */
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

/** An address that must be set: https, or http to this machine. No slash at its end. @throws SettingError */
export function requiredUrl(name: string, env: Environment): string {
  const value = required(name, env);
  const problem = addressProblem(name, value);
  if (problem !== undefined) throw new SettingError(`reading the sink's settings: ${problem}`);
  return withoutEndSlashes(value);
}
