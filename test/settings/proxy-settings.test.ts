import { SettingError } from '../../shared/contract/errors';
import { proxyFor, proxyProblems } from '../../shared/settings/proxy-settings';

const VENDOR = new URL('https://vendor.example.com');

test.each([
  [{}, undefined],
  [{ HTTPS_PROXY: '  ' }, undefined],
  [{ HTTPS_PROXY: 'http://proxy.example.com:8080' }, 'http://proxy.example.com:8080/'],
  [{ HTTPS_PROXY: '127.0.0.1:8080' }, 'http://127.0.0.1:8080/'],
  [{ HTTPS_PROXY: 'localhost:8080' }, 'http://localhost:8080/'],
  [{ HTTPS_PROXY: 'proxy.example.com' }, 'http://proxy.example.com/'],
  [{ HTTPS_PROXY: '[::1]:8080' }, 'http://[::1]:8080/'],
  [{ HTTPS_PROXY: 'https://proxy.example.com' }, 'https://proxy.example.com/'],
  [{ https_proxy: 'a.example.com', HTTPS_PROXY: 'b.example.com' }, 'http://a.example.com/'],
  [{ ALL_PROXY: 'a.example.com' }, 'http://a.example.com/'],
  [{ ALL_PROXY: 'a.example.com', HTTPS_PROXY: 'b.example.com' }, 'http://b.example.com/'],
  [{ HTTP_PROXY: 'a.example.com' }, undefined],
  [{ HTTPS_PROXY: 'a.example.com', NO_PROXY: 'example.com' }, undefined],
  [{ HTTPS_PROXY: 'a.example.com', no_proxy: 'example.com' }, undefined],
])('%j: %s', (env, address) => {
  expect(proxyFor(VENDOR, env)?.address.href).toBe(address);
  expect(proxyProblems(env)).toEqual([]);
});

test.each(['http://127.0.0.1', 'https://localhost:8443', 'https://[::1]', 'https://127.8.9.1'])(
  '%s is reached without a proxy',
  (url) => {
    expect(proxyFor(new URL(url), { HTTPS_PROXY: 'nonsense://' })).toBeUndefined();
  },
);

test.each([
  ['http://me:hush@proxy.example.com:8080', 'me:hush'],
  ['me:hush@proxy.example.com:8080', 'me:hush'],
  ['http://me:p%40ss%2F@proxy.example.com', 'me:p@ss/'],
  ['http://me:100%@proxy.example.com', 'me:100%'],
])('%s: its credentials are a header, and not in its address', (value, credentials) => {
  const proxy = proxyFor(VENDOR, { HTTPS_PROXY: value });
  expect(proxy?.headers).toEqual({
    'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
  });
  expect(proxy?.address.href).not.toMatch(/me|@/);
});

test.each<[string, string, RegExp]>([
  [
    'HTTPS_PROXY',
    'socks5://me:hush@proxy.example.com',
    /^HTTPS_PROXY is not the address of an http or https/,
  ],
  ['https_proxy', 'http://hush:x', /^https_proxy is not the address/],
  ['ALL_PROXY', 'http:/hush', /^ALL_PROXY is not the address/],
  ['HTTPS_PROXY', 'http://proxy.example.com/hush', /^HTTPS_PROXY is not the address/],
  ['HTTPS_PROXY', '8080', /^HTTPS_PROXY is a number where a host belongs/],
  ['https_proxy', 'http://me:hush@8080/', /^https_proxy is a number where a host belongs/],
  ['ALL_PROXY', '0x1f90', /^ALL_PROXY is a number where a host belongs/],
  ['HTTPS_PROXY', 'hush hush', /^HTTPS_PROXY is not the address/],
  [
    'HTTPS_PROXY',
    '@Microsoft.KeyVault(SecretUri=https://hush.example/s)',
    /^HTTPS_PROXY is a Key Vault reference that was not resolved/,
  ],
  [
    'HTTPS_PROXY',
    '@Microsoft.AppConfiguration(Endpoint=https://hush.example; Key=k)',
    /^HTTPS_PROXY is an App Configuration reference that was not resolved/,
  ],
])('%s=%s is named in the message, and its value is not', (name, value, problem) => {
  expect(proxyProblems({ [name]: value })).toEqual([expect.stringMatching(problem)]);
  expect(proxyProblems({ [name]: value })[0]).not.toContain('hush');
  const find = (): unknown => proxyFor(VENDOR, { [name]: value });
  expect(find).toThrow(SettingError);
  expect(find).toThrow(`finding the proxy: ${name} is`);
  expect(find).not.toThrow(/hush/);
});
