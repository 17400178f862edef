import { generateKeyPairSync, sign } from 'node:crypto';
import { assertionProblem } from '../../local/vendor/requests/assertion';
import { placeholderKey } from '../../local/vendor/placeholder-keys';
import type { JsonObject } from '../../shared/contract/json';

/* The vendor's check of a JWT, with JWTs that Node signs. */

const at = new Date('2026-11-02T00:00:00Z');
const seconds = at.getTime() / 1_000;
const ec = placeholderKey('acme', { name: 'key', form: 'pem' });
const rsa = String(
  generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);
const claims = { iss: 'client-1', aud: 'https://acme.test/token' };
const good = { ...claims, iat: seconds, exp: seconds + 60, jti: '0123456789abcdef' };

function jwt(payload: JsonObject, { alg = 'ES256', kid = 'k-1', pem = ec } = {}): string {
  const encode = (part: JsonObject) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const data = `${encode({ alg, kid })}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(data), { key: pem, dsaEncoding: 'ieee-p1363' });
  return `${data}.${signature.toString('base64url')}`;
}

const without = (name: string): JsonObject =>
  Object.fromEntries(Object.entries(good).filter(([each]) => each !== name));

test.each<[string | undefined, string]>([
  [undefined, jwt(good)],
  ['is not a JWT', 'local-token'],
  ['is not a JWT', `${jwt(good)}.x`],
  ['is signed by another algorithm than ES256', jwt(good, { alg: 'none' })],
  ['names another key', jwt(good, { kid: 'k-2' })],
  ['has a wrong signature', jwt(good, { pem: placeholderKey('acme', { name: 'other', form: 'pem' }) })],
  ['has a wrong signature', jwt(good).replace(/\.[^.]*$/, '.')],
  ['has another iss than declared', jwt({ ...good, iss: 'client-2' })],
  ['has another aud than declared', jwt({ ...good, aud: 'https://else.test/token' })],
  ['has another sub than declared', jwt({ ...good, sub: 'someone' })],
  ['has no jti of 16 characters', jwt(without('jti'))],
  ['lives longer than 60 seconds, or has no end', jwt({ ...good, exp: seconds + 61 })],
  ['lives longer than 60 seconds, or has no end', jwt(without('exp'))],
  ['lives longer than 60 seconds, or has no end', jwt(without('iat'))],
  ['is dated in the future', jwt({ ...good, iat: seconds + 31, exp: seconds + 60 })],
  ['has ended', jwt({ ...good, iat: seconds - 60, exp: seconds })],
])('%s', (problem, sent) => {
  expect(assertionProblem(sent, { claims, keyId: 'k-1', pem: ec, setting: 'key' }, at)).toBe(problem);
});

test('an RSA key signs with RS256, and time stands still while fixtures are replayed', () => {
  const expected = { claims, keyId: 'k-1', pem: rsa, setting: 'key' };
  const sent = jwt(good, { alg: 'RS256', pem: rsa });
  expect(assertionProblem(sent, expected, undefined)).toBeUndefined();
  expect(assertionProblem(jwt(good), expected, undefined)).toBe('is signed by another algorithm than RS256');
});

test('the placeholder key is the same in every process, and different for every setting', () => {
  expect(placeholderKey('acme', { name: 'key', form: 'pem' })).toBe(ec);
  expect(placeholderKey('acme', { name: 'other', form: 'pem' })).not.toBe(ec);
  expect(JSON.parse(placeholderKey('acme', { name: 'key', form: 'service-account' }))).toMatchObject({
    client_email: 'reader@acme.iam.example.com',
    private_key: ec,
  });
});
