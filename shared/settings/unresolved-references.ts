import type { Environment } from './environment';

/** The references that the platform replaces by what they name, and what it needs to do so. */
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

/** The platform resolves what begins with the reference itself. */
const QUOTES = /^[\s"'`“”„‘’]+/;

/**
 * True for a reference that the platform left as it is, also for one in quotes: the app sees its text in place of the
 * value. No setting begins with `@Microsoft.` otherwise.
 * @see https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
 * @see https://learn.microsoft.com/azure/app-service/app-service-configuration-references
 */
export function isUnresolved(value: string | undefined): boolean {
  return referenceIn(value) !== undefined;
}

/** What to say of a variable that holds one. Never its text, which names the vault. */
export function unresolvedProblem(name: string, value: string | undefined): string {
  const { is, remedy } = referenceIn(value) ?? { is: 'a reference', remedy: '' };
  if (/[^\s]/.test(QUOTES.exec(value ?? '')?.[0] ?? ''))
    return `${name} is ${is} in quotes, which was not resolved. Remove the quotes.`;
  return `${name} is ${is} that was not resolved. ${remedy}`.trim();
}

/** A sentence for each of these variables that holds one. */
export function unresolvedProblems(names: readonly string[], env: Environment): string[] {
  return names.filter((name) => isUnresolved(env[name])).map((name) => unresolvedProblem(name, env[name]));
}

function referenceIn(value: string | undefined): (typeof REFERENCES)[number] | undefined {
  const text = value?.replace(QUOTES, '').toLowerCase() ?? '';
  return REFERENCES.find(({ begins }) => text.startsWith(begins));
}
