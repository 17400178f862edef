import { UnavailableError } from '../../shared/contract/errors';
import { openCredential, tokenFor } from '../../shared/sink/token';

test('an authority that does not answer is reported with a sentence of the identity library that we recognize', async () => {
  const real = openCredential({
    authority: 'https://127.0.0.1:1',
    tenantId: '11111111-1111-1111-1111-111111111111',
    clientId: 'client',
    clientSecret: 'hush-hush',
  });
  const getToken = tokenFor(new URL('https://dce.example.com'), {}, () => real);
  await expect(getToken(new AbortController().signal)).rejects.toThrow(UnavailableError);
});
