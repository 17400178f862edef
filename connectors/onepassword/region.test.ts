import { SettingError } from '../../shared';
import { UnavailableError } from '../../shared/contract/errors';
import type { Http } from '../../shared/contract/http';
import { pullContext, readUntilError } from '../../test/fakes/scripted-http';
import onepassword from '.';
import { serverOf } from './region';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenFor = (aud: unknown): string =>
  [{ alg: 'ES256' }, { aud, '1password.com/fts': ['auditevents'] }, 'signature'].map(encoded).join('.');
const refusing = (error: Error): Http => ({ request: () => Promise.reject(error) });
const refusal = new SettingError('asking POST /api/v2/auditevents: 401. Check ONEPASSWORD_TOKEN.');

async function errorOf(error: Error, url: string, token: string): Promise<string | undefined> {
  const pull = onepassword.sources['auditEvents']?.pull;
  if (pull === undefined) throw new Error('there is no such source');
  const context = pullContext(refusing(error), { settings: { url, token } });
  return (await readUntilError(pull, context)).error;
}

test.each([
  ['its only audience', tokenFor(['events.1password.eu']), 'https://events.1password.eu'],
  [
    'an audience that is not a list',
    tokenFor('events.ent.1password.com'),
    'https://events.ent.1password.com',
  ],
  ['the audience of old tokens', tokenFor(['com.1password.streamingservice']), undefined],
  ['none', tokenFor(undefined), undefined],
  ['a text that is not a token', 'local-onepassword-token', undefined],
  ['claims that are not an object', `a.${encoded(null)}.c`, undefined],
  ['an audience with another host', tokenFor(['events.1password.eu@example.com']), undefined],
])('the server of a token is read from %s', (_, token, server) => {
  expect(serverOf(token)).toBe(server);
});

test('the error of a refused token for another region names that region', async () => {
  const message = await errorOf(refusal, 'https://events.1password.com', tokenFor(['events.1password.eu']));
  expect(message).toBe(
    `${refusal.message} The token is for https://events.1password.eu, not for https://events.1password.com: ` +
      'set the URL to https://events.1password.eu, or use a token of that account.',
  );
});

test.each([
  ['the server that was asked', refusal, tokenFor(['events.1password.com'])],
  ['a server that the token does not name', refusal, 'local-onepassword-token'],
  [
    'another server, where the token was not refused',
    new UnavailableError('503'),
    tokenFor(['events.1password.eu']),
  ],
])('an error of a token for %s is left unchanged', async (_, error, token) => {
  expect(await errorOf(error, 'https://events.1password.com/', token)).toBe(error.message);
});

test('each source keeps its declaration, and no message contains its token', async () => {
  const token = tokenFor(['events.1password.eu']);
  for (const { pull } of Object.values(onepassword.sources)) expect(pull?.rest?.base).toBe('url');
  expect(await errorOf(refusal, 'https://events.1password.com', token)).not.toContain(token.split('.')[1]);
});
