import type { Environment } from './environment';

/** The references that the platform replaces by their values, and how to fix an unresolved one. */
const REFERENCES = [
  {
    begins: '@microsoft.keyvault(',
    is: 'a Key Vault reference',
    remedy: "Give the app's identity the role Key Vault Secrets User, and check the name of the secret.",
  },
  {
    begins: '@microsoft.appconfiguration(',
    is: 'an App Configuration reference',
    remedy:
      "Give the app's identity the role App Configuration Data Reader, and check the endpoint, the key and the label.",
  },
  {
    begins: '@microsoft.',
    is: 'a reference',
    remedy: 'The platform knows @Microsoft.KeyVault(…) and @Microsoft.AppConfiguration(…).',
  },
];

/** The platform only resolves a value that begins with the reference, without quotes. */
const QUOTES = /^[\s"'`“”„‘’]+/;

/**
 * True for a reference that the platform did not resolve, also in quotes: the app sees the reference instead of the value.
 * No real value begins with `@Microsoft.`.
 * @see https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
 * @see https://learn.microsoft.com/azure/app-service/app-service-configuration-references
 */
export function isUnresolved(value: string | undefined): boolean {
  return referenceIn(value) !== undefined;
}

/** The sentence for a variable with an unresolved reference. Never contains the reference, which names the vault. */
export function unresolvedProblem(name: string, value: string | undefined): string {
  const { is, remedy } = referenceIn(value) ?? { is: 'a reference', remedy: '' };
  if (/[^\s]/.test(QUOTES.exec(value ?? '')?.[0] ?? ''))
    return `${name} is ${is} in quotes, which was not resolved. Remove the quotes.`;
  return `${name} is ${is} that was not resolved. ${remedy}`.trim();
}

/** One sentence for each variable with an unresolved reference. */
export function unresolvedProblems(names: readonly string[], env: Environment): string[] {
  return names.filter((name) => isUnresolved(env[name])).map((name) => unresolvedProblem(name, env[name]));
}

function referenceIn(value: string | undefined): (typeof REFERENCES)[number] | undefined {
  const text = value?.replace(QUOTES, '').toLowerCase() ?? '';
  return REFERENCES.find(({ begins }) => text.startsWith(begins));
}
