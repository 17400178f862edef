import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { readTls, tlsSecrets, type Tls } from '../../shared/settings/tls-settings';
import { privateCa, type Pair, type PrivateCa } from '../fakes/private-ca';
import type { Environment } from '../../shared/settings/environment';

const VARIABLES = { ca: 'ACME_CA', certificate: 'ACME_CLIENT_CERTIFICATE', key: 'ACME_CLIENT_KEY' };
const folder = mkdtempSync(join(tmpdir(), 'tributary-tls-'));
let ca: PrivateCa;
let pair: Pair;

beforeAll(async () => {
  ca = await privateCa();
  pair = await ca.client('acme');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(env: Environment): { readonly tls: Tls; readonly problems: string[] } {
  const problems: string[] = [];
  return { tls: readTls(VARIABLES, env, problems), problems };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('without settings only public authorities are trusted, and no certificate is presented', () => {
  expect(read({ ACME_CA: ' ', ACME_CLIENT_KEY: '' })).toEqual({
    tls: { ca: '', certificate: '', key: '', variables: VARIABLES },
    problems: [],
  });
});

test.each<[string, (pem: string) => string]>([
  ['text', (pem) => pem],
  ['text in one line', (pem) => pem.trim().replace(/\r?\n/g, '\\n')],
  ['the path of a file', (pem) => file('ca.pem', `# ours\n${pem}`)],
])('a CA may be %s', (_, given) => {
  const { problems, tls } = read({ ACME_CA: given(ca.certificate) });
  expect([tls.ca.replace(/\s/g, ''), problems]).toEqual([ca.certificate.replace(/\s/g, ''), []]);
});

test('the common CA and the connector’s own are both trusted, with all their certificates', async () => {
  const other = await privateCa();
  const { tls } = read({ ACME_CA: `${ca.certificate}\n${ca.certificate}`, TLS_CA: other.certificate });
  expect(tls.ca.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
});

test('a client certificate has its key, which is a secret', () => {
  const { problems, tls } = read({
    ACME_CLIENT_CERTIFICATE: pair.certificate,
    ACME_CLIENT_KEY: file('key.pem', pair.key),
  });
  expect(problems).toEqual([]);
  expect(tlsSecrets(tls)).toEqual([pair.key.trim()]);
});

describe('a problem is reported in a sentence that names the variable and never its text', () => {
  const locked = (): string =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hush' })
      .toString();

  test.each<[string, () => Environment, RegExp]>([
    [
      'a path without a file',
      () => ({ ACME_CA: '/no/such/hush.pem' }),
      /^ACME_CA is neither PEM text nor a file that can be read \(ENOENT\)/,
    ],
    ['a common path without a file', () => ({ TLS_CA: '/no/such/hush.pem' }), /^TLS_CA is neither PEM/],
    [
      'an empty file',
      () => ({ ACME_CA: file('empty-hush.pem', '\n') }),
      /^ACME_CA names a file that is empty\./,
    ],
    [
      'a damaged certificate',
      () => ({ ACME_CA: ca.certificate.replace(/[A-Za-z0-9]{40}/, 'hush') }),
      /^ACME_CA contains no certificate in PEM, or a damaged one/,
    ],
    [
      'half a certificate',
      () => ({ TLS_CA: ca.certificate.slice(0, 200) }),
      /^TLS_CA contains no certificate/,
    ],
    ['a key instead of a certificate', () => ({ ACME_CA: pair.key }), /^ACME_CA contains no certificate/],
    [
      'a certificate without its key',
      () => ({ ACME_CLIENT_CERTIFICATE: pair.certificate }),
      /^ACME_CLIENT_KEY is not set: ACME_CLIENT_CERTIFICATE has no effect/,
    ],
    [
      'a key without its certificate',
      () => ({ ACME_CLIENT_KEY: pair.key }),
      /^ACME_CLIENT_CERTIFICATE is not set: ACME_CLIENT_KEY has no effect/,
    ],
    [
      'a key with a passphrase',
      () => ({ ACME_CLIENT_CERTIFICATE: pair.certificate, ACME_CLIENT_KEY: locked() }),
      /^ACME_CLIENT_KEY contains no private key in PEM, or one with a passphrase/,
    ],
    [
      'the key of another certificate',
      () => ({ ACME_CLIENT_CERTIFICATE: ca.certificate, ACME_CLIENT_KEY: pair.key }),
      /^ACME_CLIENT_KEY is not the key of the certificate in ACME_CLIENT_CERTIFICATE\.$/,
    ],
    [
      'a reference as CA',
      () => ({ ACME_CA: '@Microsoft.KeyVault(SecretName=hush)' }),
      /^ACME_CA is a Key Vault reference/,
    ],
    [
      'a reference as common CA',
      () => ({ TLS_CA: '@Microsoft.KeyVault(SecretName=hush)' }),
      /^TLS_CA is a Key Vault reference/,
    ],
    [
      'a reference as key',
      () => ({
        ACME_CLIENT_CERTIFICATE: pair.certificate,
        ACME_CLIENT_KEY: '@Microsoft.KeyVault(SecretName=hush)',
      }),
      /^ACME_CLIENT_KEY is a Key Vault reference/,
    ],
    [
      'a reference as certificate',
      () => ({ ACME_CLIENT_CERTIFICATE: '@Microsoft.KeyVault(SecretName=hush)', ACME_CLIENT_KEY: pair.key }),
      /^ACME_CLIENT_CERTIFICATE is a Key Vault reference/,
    ],
  ])('%s', (_, env, problem) => {
    const { problems } = read(env());
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toMatch(/hush|MII/);
  });
});
