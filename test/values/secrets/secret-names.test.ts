import { isCredentialName, isSecretName } from '../../../shared/values/secrets/secret-names';

test.each(['token_expires', 'token-expiry', 'tokenExpiresAt', 'secret expiration', 'password_expired'])(
  '%s describes a secret, and does not hold one',
  (name) => expect(isSecretName(name)).toBe(false),
);

test.each(['token', 'expiry-token', 'token expir', 'tokenExpiresAt!'])('%s holds a secret', (name) =>
  expect(isSecretName(name)).toBe(true),
);

test('a long name takes no noticeable time, whatever it repeats', () => {
  for (const part of ['expir', 'token', 'next-', 'page_token', 'access-', '-', 'id']) {
    const name = `token${part.repeat(40_000)}`;
    const before = process.cpuUsage();
    [name, `${name}!`].forEach(isCredentialName);
    const { user } = process.cpuUsage(before);
    expect([part, user < 1_000_000]).toEqual([part, true]);
  }
});
