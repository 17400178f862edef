import { noProxyHere } from '../../local/start/environment';

test.each([
  [{}, undefined],
  [{ HTTPS_PROXY: '' }, undefined],
  [{ NO_PROXY: 'example.com' }, undefined],
  [{ HTTPS_PROXY: 'http://proxy' }, '127.0.0.1,localhost'],
  [{ http_proxy: 'http://proxy', no_proxy: '.example.com' }, '.example.com,127.0.0.1,localhost'],
])('%j leaves this machine out of the proxy: %s', (env, noProxy) => {
  expect(noProxyHere(env)).toBe(noProxy);
});
