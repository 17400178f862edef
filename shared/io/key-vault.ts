import type { Environment } from './settings';

/** True for a Key Vault reference that the platform left as it is: the app sees its text instead of the secret. */
export function isUnresolved(value: string | undefined): boolean {
  return value?.trim().startsWith('@Microsoft.KeyVault(') === true;
}

/** What to say of a variable that holds one. Never its text, which names the vault. */
export function unresolvedProblem(name: string): string {
  return `${name} is a Key Vault reference that was not resolved. Give the app's identity the role Key Vault Secrets User, and check the name of the secret.`;
}

/** A sentence for each of these variables that holds one. */
export function unresolvedProblems(names: readonly string[], env: Environment): string[] {
  return names.filter((name) => isUnresolved(env[name])).map(unresolvedProblem);
}
