import { SettingError, UnavailableError } from '../../shared/contract/errors';
import { createCheckpoints } from '../../shared/storage/state/checkpoints';
import { createTriggerQueue } from '../../shared/storage/trigger-queue';
import { openStorage } from '../../shared/storage/storage';
import { openStorageIdentity } from '../../shared/storage/storage-identity';
import { startLoopback, type Loopback, type Serve } from '../fakes/loopback';

/* Storage by managed identity, with the real identity library and an identity endpoint that checks its requests. */

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
/** The sink's settings, also in the process environment: none of them may be used for storage. */
const SINK = {
  AZURE_TENANT_ID: '11111111-1111-1111-1111-111111111111',
  AZURE_CLIENT_ID: 'of-the-sink',
  AZURE_CLIENT_SECRET: 'hush-hush',
};
/** Nothing listens there; the token is requested before anything is sent. */
const NOWHERE = {
  AzureWebJobsStorage__blobServiceUri: 'https://127.0.0.1:1/acme',
  AzureWebJobsStorage__queueServiceUri: 'https://127.0.0.1:1/acme',
};
const before = { ...process.env };
let platform: Loopback;
let answer: Serve;
let env: Record<string, string>;

/**
 * The platform's identity endpoint. One for all tests, because the library remembers its address. It reads the process's own
 * variables.
 */
beforeAll(async () => {
  platform = await startLoopback((...asked) => answer(...asked));
  const found = { IDENTITY_ENDPOINT: `${platform.url}/msi`, IDENTITY_HEADER: 'header-of-the-platform' };
  Object.assign(process.env, SINK, found);
  env = { ...SINK, ...found, ...NOWHERE };
});
afterAll(async () => {
  process.env = { ...before };
  await platform.close();
});

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  );

test.each([
  ['the system-assigned identity', {}, null],
  ['the user-assigned identity', { AzureWebJobsStorage__clientId: 'of-storage' }, 'of-storage'],
])(
  '%s is asked for a token, although the sink’s app registration is in the environment',
  async (_, more, client) => {
    answer = (response) => {
      const expiresOn = String(Math.floor(Date.now() / 1_000) + 7_200);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          access_token: `token-of-${client ?? 'system'}`,
          expires_on: expiresOn,
          resource: 'r',
        }),
      );
    };
    const credential = openStorageIdentity({ ...env, ...more });
    const token = await credential.getToken('https://storage.azure.com/.default');
    expect(token?.token).toBe(`token-of-${client ?? 'system'}`);
    const asked = platform.asked.at(-1);
    const query = new URL(asked?.url ?? '', 'http://x').searchParams;
    expect([query.get('resource'), query.get('client_id')]).toEqual(['https://storage.azure.com', client]);
    expect(asked?.headers['x-identity-header']).toBe('header-of-the-platform');
  },
);

test('an identity that gives no token is reported as such, for blobs and queues, and not as an answer of storage', async () => {
  answer = (response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ statusCode: 400, message: 'No Managed Identity found.' }));
  };
  const storage = openStorage({ ...env, AzureWebJobsStorage__clientId: 'mistyped' });
  const store = createCheckpoints(storage);
  const failures = await Promise.all(
    [store.acquire(ID), store.read(ID), store.lease(ID), createTriggerQueue(storage).send(ID)].map(failureOf),
  );
  for (const failure of failures) {
    expect(failure).toBeInstanceOf(SettingError);
    expect(failure.message).toMatch(
      /^getting a token for storage: .*No Managed Identity found.*Check that AzureWebJobsStorage__clientId/,
    );
    expect(failure.message).not.toMatch(/storage answers|hush/);
  }
});

test('an identity endpoint that does not answer on the platform is an UnavailableError', async () => {
  answer = (response) => void response.destroy();
  const failure = await failureOf(createCheckpoints(openStorage(env)).acquire(ID));
  expect(failure).toBeInstanceOf(UnavailableError);
  expect(failure.message).toMatch(/^getting a token for storage: /);
});
