import { SettingError } from '../../shared/contract/errors';
import { LOCAL_TOKEN, tokenFor } from '../../shared/io/token';

const { signal } = new AbortController();

test.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080', 'https://127.0.0.1:8443'])(
  '%s gets the fixed local token',
  async (endpoint) => {
    expect(await tokenFor(new URL(endpoint), {})(signal)).toBe(LOCAL_TOKEN);
  },
);

test.each(['http://example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.5'])(
  'a real token is never asked for %s',
  (endpoint) => {
    expect(() => tokenFor(new URL(endpoint), {})).toThrow(SettingError);
  },
);

test('a cloud that is none is named before any token is asked for', () => {
  expect(() => tokenFor(new URL('https://example.com'), { AZURE_CLOUD: 'moon' })).toThrow(
    /AZURE_CLOUD: moon/,
  );
});
