import { SettingError } from '../../shared/contract/errors';
import { required, requiredUrl } from '../../shared/sink/sink-settings';

describe('required', () => {
  test('returns the value without white space around it', () => {
    expect(required('NAME', { NAME: ' value\n' })).toBe('value');
  });

  test.each([undefined, '', ' '])('of %j names the missing variable', (value) => {
    expect(() => required('NAME', { NAME: value })).toThrow(SettingError);
    expect(() => required('NAME', { NAME: value })).toThrow(/NAME is not set/);
  });

  test('reports an unresolved Key Vault reference without its text', () => {
    const value = '@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/key)';
    expect(() => required('NAME', { NAME: value })).toThrow(
      /NAME is a Key Vault reference that was not resolved/,
    );
    expect(() => required('NAME', { NAME: value })).not.toThrow(/vault\.example/);
  });
});

describe('requiredUrl', () => {
  test.each([
    ['https://dce.example.com/', 'https://dce.example.com'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080//', 'http://localhost:8080'],
  ])('accepts %s as %s', (value, url) => {
    expect(requiredUrl('NAME', { NAME: value })).toBe(url);
  });

  test.each(['http://dce.example.com', 'dce.example.com', 'ftp://127.0.0.1', 'https://'])(
    'does not accept %s',
    (value) => {
      expect(() => requiredUrl('NAME', { NAME: value })).toThrow(SettingError);
      expect(() => requiredUrl('NAME', { NAME: value })).toThrow(
        /NAME (?:has no scheme|must begin with https|is not an address)/,
      );
    },
  );
});
