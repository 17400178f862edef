import { join } from 'node:path';
import acme from '../fixtures/connectors/acme-webhooks';
import globex from '../fixtures/connectors/globex-webhooks';
import type { Connector, ReceiveSource } from '../../shared/contract/connector';
import type { Verification } from '../../shared/contract/webhook';
import { findCredential, type SecretVerification } from '../../shared/push/webhook/verify';
import { settingsOf } from '../../local/vendor/placeholder-settings';
import { signPost } from '../../local/vendor/posts/sign';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { startLoopback, type Loopback } from '../fakes/loopback';
import { eventually } from '../fakes/eventually';

/* Simulated vendors that post to an app's endpoint. */

let answers: readonly { readonly status: number; readonly body?: string }[] = [];
let app: Loopback;
let vendor: Vendor | undefined;

beforeEach(async () => {
  answers = [];
  app = await startLoopback((response, _, call) => {
    const { body, status } = answers[call] ?? { status: 200 };
    response.writeHead(status).end(body);
  });
});
afterEach(async () => {
  await vendor?.close();
  await app.close();
});

async function sendTo(connector: Connector): Promise<Vendor> {
  const folder = join(__dirname, '../fixtures/connectors', connector.name);
  vendor = await startVendor({ connectors: [{ connector, folder }], live: true });
  const answer = await fetch(`${vendor.url}/send`, { method: 'POST', body: JSON.stringify(app.url) });
  expect(answer.status).toBe(200);
  return vendor;
}

test('events are posted one by one, oldest first, each with its own signed body', async () => {
  const { published } = await sendTo(acme);
  await eventually('three posts', () => app.asked.length >= 3);
  const { verify } = (acme.sources['events'] as ReceiveSource).receive;
  const credential = { secret: settingsOf(acme, '')['secret'] ?? '' };
  const from = app.asked.map(({ body, headers }) =>
    findCredential(verify as SecretVerification, [credential], {
      body,
      query: new URLSearchParams(),
      header: (name) => headers[name] as string | undefined,
    }),
  );
  expect(from).toEqual(app.asked.map(() => credential));
  expect(new Set(app.asked.map(({ url }) => url))).toEqual(new Set(['/api/push/acme-webhooks/events']));
  expect(new Set(app.asked.map(({ body }) => body.toString())).size).toBe(app.asked.length);
  await eventually('each is taken', () => published('acme-webhooks', 'events').length === app.asked.length);
});

test('the challenge comes first; a refused post is reported and sent again', async () => {
  const answered = { plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken: 'x' };
  answers = [{ status: 200, body: '{}' }, { status: 200, body: JSON.stringify(answered) }, { status: 503 }];
  const { complaints, published } = await sendTo(globex);
  await eventually('five posts', () => app.asked.length >= 5);
  const events = app.asked.map(({ body }) => (JSON.parse(body.toString()) as { event: string }).event);
  expect(events.slice(0, 2)).toEqual(['endpoint.url_validation', 'endpoint.url_validation']);
  expect(app.asked[3]?.body).toEqual(app.asked[2]?.body);
  expect(complaints).toEqual([
    'globex-webhooks events: the challenge was answered 200 {}',
    'globex-webhooks events: a post was not accepted: challenge',
    'globex-webhooks events: a post was not accepted: answered 503',
  ]);
  await eventually(
    'each but three is taken',
    () => published('globex-webhooks', 'events').length === app.asked.length - 3,
  );
});

test.each(['"https://example.com"', '"http://127.0.0.2:80"', '{}', 'no JSON'])(
  'nothing is posted to %s',
  async (body) => {
    vendor = await startVendor({ connectors: [], live: true });
    const answer = await fetch(`${vendor.url}/send`, { method: 'POST', body });
    expect(answer.status).toBe(400);
  },
);

const ways: readonly (readonly [string, Verification])[] = [
  [
    'a token in a header',
    { kind: 'token', in: 'header', name: 'x-key', prefix: 'Key ', secrets: ['secret'] },
  ],
  ['a token in the query', { kind: 'token', in: 'query', name: 'key', secrets: ['secret'] }],
  ['a name and a password', { kind: 'basic', user: 'user', secrets: ['secret'] }],
  [
    'SHA-1 in Base64',
    { kind: 'hmac', hash: 'sha1', secrets: ['secret'], header: 'x-signature', encoding: 'base64' },
  ],
];

test.each(ways)('%s is shown as the app wants to see it', (_, verify) => {
  const settings = { user: 'ada', secret: 'a secret & more' };
  const signed = signPost({ verify }, settings, { headers: {}, bytes: Buffer.from('{}') }, new Date());
  const request = {
    body: signed.bytes,
    query: new URLSearchParams(signed.query),
    header: (name: string) => signed.headers[name],
  };
  const [right, wrong] = [settings, { ...settings, secret: 'another' }];
  expect(findCredential(verify as SecretVerification, [wrong, right], request)).toBe(right);
});
