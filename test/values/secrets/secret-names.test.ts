import { isCredentialName, isSecretName } from '../../../shared/values/secrets/secret-names';

test.each(['token_expires', 'token-expiry', 'tokenExpiresAt', 'secret expiration', 'password_expired'])(
  '%s says something of a secret, and is none',
  (name) => expect(isSecretName(name)).toBe(false),
);

test.each(['token', 'expiry-token', 'token expir', 'tokenExpiresAt!'])('%s is one', (name) =>
  expect(isSecretName(name)).toBe(true),
);

test('a long name is read once, whatever it repeats', () => {
  for (const part of ['expir', 'token', 'next-', 'page_token', 'access-', '-', 'id']) {
    const name = `token${part.repeat(40_000)}`;
    const before = process.cpuUsage();
    [name, `${name}!`].forEach(isCredentialName);
    const { user } = process.cpuUsage(before);
    expect([part, user < 1_000_000]).toEqual([part, true]);
  }
});
