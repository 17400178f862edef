import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import type { Environment } from './environment';

/** Extra trusted authorities, and the client certificate, of a connection. PEM texts; empty when not set. */
export interface Tls {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Their variables, for messages. */
  readonly variables: TlsVariables;
}

/** The names of the variables of one {@link Tls}. */
export interface TlsVariables {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** The CA that every connection trusts, to vendors and to the workspace. */
export const COMMON_CA = 'TLS_CA';

/** The variables of a sink's connection. */
export const SINK_TLS: TlsVariables = {
  ca: 'SINK_CA',
  certificate: 'SINK_CLIENT_CERTIFICATE',
  key: 'SINK_CLIENT_KEY',
};

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads an extra CA and a client certificate. Each variable holds PEM text (`\n` may stand for line ends) or the path of a PEM
 * file. Files are read once.
 * @param problems receives one sentence for each invalid variable
 */
export function readTls(variables: TlsVariables, env: Environment, problems: string[]): Tls {
  const own = readCertificates(variables.ca, env, problems);
  const common = readCertificates(COMMON_CA, env, problems);
  const certificate = readCertificates(variables.certificate, env, problems);
  const key = readKey(variables.key, env, problems);
  checkPair(variables, env, { certificate, key }, problems);
  return { ca: [own, common].filter((text) => text !== '').join('\n'), certificate, key, variables };
}

/** The secret values among them, to be masked. */
export function tlsSecrets({ key }: Tls): string[] {
  return key === '' ? [] : [key];
}

/** The PEM text in a variable, or in the file that it names. Empty if there is none. */
function readPem(name: string, kind: string, env: Environment, problems: string[]): string {
  const value = env[name]?.trim().replaceAll('\\n', '\n') ?? '';
  if (value === '' || value.startsWith('-----BEGIN')) return value;
  if (isUnresolved(value)) {
    problems.push(unresolvedProblem(name, value));
    return '';
  }
  try {
    return readFileSync(value, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problems.push(
      `${name} is neither PEM text nor a file that can be read (${code ?? 'unknown'}). Give it the text from -----BEGIN ${kind}----- on, or the path of a file with that text.`,
    );
    return '';
  }
}

function readCertificates(name: string, env: Environment, problems: string[]): string {
  const before = problems.length;
  const text = readPem(name, 'CERTIFICATE', env, problems);
  if (text === '') {
    if ((env[name]?.trim() ?? '') !== '' && problems.length === before)
      problems.push(`${name} names a file that is empty.`);
    return '';
  }
  const all = text.match(CERTIFICATES) ?? [];
  const isSound = all.length > 0 && all.every(isCertificate);
  if (isSound) return all.join('\n');
  problems.push(
    `${name} contains no certificate in PEM, or a damaged one. It must hold whole blocks from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.`,
  );
  return '';
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function readKey(name: string, env: Environment, problems: string[]): string {
  const text = readPem(name, 'PRIVATE KEY', env, problems);
  if (text === '') return '';
  try {
    createPrivateKey(text);
    return text;
  } catch {
    problems.push(
      `${name} contains no private key in PEM, or one with a passphrase. Give it the key without one: openssl pkey -in <file>.`,
    );
    return '';
  }
}

/** Reports a certificate without a key, a key without a certificate, and a key of another certificate. */
function checkPair(
  variables: TlsVariables,
  env: Environment,
  { certificate, key }: Pick<Tls, 'certificate' | 'key'>,
  problems: string[],
): void {
  const isSet = (name: string): boolean => (env[name]?.trim() ?? '') !== '';
  const [hasCertificate, hasKey] = [isSet(variables.certificate), isSet(variables.key)];
  if (hasCertificate !== hasKey) {
    const [missing, given] = hasKey
      ? [variables.certificate, variables.key]
      : [variables.key, variables.certificate];
    problems.push(`${missing} is not set: ${given} has no effect without it.`);
  }
  if (certificate === '' || key === '') return;
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
    problems.push(`${variables.key} is not the key of the certificate in ${variables.certificate}.`);
}
