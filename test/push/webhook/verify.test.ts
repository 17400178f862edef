import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCredential, isRecent, type SecretVerification } from '../../../shared/push/webhook/verify';

const NOW = new Date('2026-11-20T08:00:00Z');
const SENDERS = [{ secret: 'the new one' }, { secret: 'the old one' }];

const post = (headers: Readonly<Record<string, string>>, body = 'Hello, World!', query = '') => ({
  body: Buffer.from(body),
  query: new URLSearchParams(query),
  header: (name: string) => headers[name],
});

const plain: SecretVerification = {
  kind: 'hmac',
  hash: 'sha256',
  secrets: ['secret'],
  header: 'x-signature',
  prefix: 'sha256=',
};

const timed: SecretVerification = {
  kind: 'hmac',
  hash: 'sha256',
  secrets: ['secret'],
  header: 'x-signature',
  prefix: 'v0=',
  signs: 'v0:{timestamp}:{body}',
  timestamp: { header: 'x-timestamp', windowMs: 300_000 },
};

const sign = (secret: string, text: string, hash = 'sha256') => createHmac(hash, secret).update(text);

describe('a keyed hash of the body', () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  const published = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const credentials = [{ secret: "It's a Secret to Everybody" }];

  test('is accepted as a vendor publishes it', () => {
    expect(findCredential(plain, credentials, post({ 'x-signature': published }))).toBe(credentials[0]);
  });

  test.each([
    ['another body', post({ 'x-signature': published }, 'Hello, World?')],
    ['another signature', post({ 'x-signature': published.replace('7571', '7572') })],
    ['a shorter one', post({ 'x-signature': published.slice(0, -2) })],
    ['a signature without its prefix', post({ 'x-signature': published.slice(7) })],
    ['none', post({})],
    ['an empty one', post({ 'x-signature': 'sha256=' })],
    ['one in the query', post({}, 'Hello, World!', `x-signature=${published}`)],
  ])('%s is refused', (_, request) => {
    expect(findCredential(plain, credentials, request)).toBeUndefined();
  });

  test('is accepted in upper case too', () => {
    const request = post({ 'x-signature': `sha256=${published.slice(7).toUpperCase()}` });
    expect(findCredential(plain, credentials, request)).toBe(credentials[0]);
  });

  test('covers the bytes, which need not be text', () => {
    const body = Buffer.from([0xff, 0x00, 0xfe]);
    const signature = `sha256=${createHmac('sha256', 'the old one').update(body).digest('hex')}`;
    const request = { ...post({ 'x-signature': signature }), body };
    expect(findCredential(plain, SENDERS, request)).toBe(SENDERS[1]);
  });

  test('may be SHA-1, in Base64', () => {
    const way: SecretVerification = { ...plain, hash: 'sha1', prefix: '', encoding: 'base64' };
    const signature = sign('the new one', 'Hello, World!', 'sha1').digest('base64');
    expect(findCredential(way, SENDERS, post({ 'x-signature': signature }))).toBe(SENDERS[0]);
    const lower = post({ 'x-signature': signature.toLowerCase() });
    expect(findCredential(way, SENDERS, lower)).toBeUndefined();
  });
});

describe('a keyed hash of time and body', () => {
  test('is accepted as a vendor publishes it', () => {
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    const credentials = [{ secret: '8f742231b10e8888abcd99yyyzzz85a5' }];
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
      '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
      '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
      '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const request = post(
      {
        'x-timestamp': '1531420618',
        'x-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      },
      body,
    );
    expect(findCredential(timed, credentials, request)).toBe(credentials[0]);
    expect(isRecent(timed, request, new Date(1_531_420_618_000))).toBe(true);
  });

  const at = (seconds: number | string) =>
    post({
      'x-timestamp': String(seconds),
      'x-signature': `v0=${sign('the new one', `v0:${seconds}:Hello, World!`).digest('hex')}`,
    });
  const seconds = NOW.getTime() / 1_000;

  test.each([-300, 0, 300])('is recent %d seconds from now', (away) => {
    expect(findCredential(timed, SENDERS, at(seconds + away))).toBe(SENDERS[0]);
    expect(isRecent(timed, at(seconds + away), NOW)).toBe(true);
  });

  test.each([
    ['before the window', seconds - 301],
    ['after the window', seconds + 301],
    ['in milliseconds', seconds * 1_000],
    ['that is not a number', 'now'],
    ['that is signed as text', `${seconds} `],
    ['that is empty', ''],
    ['that has a sign', `+${seconds}`],
  ])('a time %s is not recent, but the signature is still valid', (_, time) => {
    expect(findCredential(timed, SENDERS, at(time))).toBe(SENDERS[0]);
    expect(isRecent(timed, at(time), NOW)).toBe(false);
  });

  test('a scheme that signs no time requires none', () => {
    expect(isRecent(plain, at(0), NOW)).toBe(true);
  });

  test('a time other than the signed one is refused', () => {
    const { header, ...rest } = at(seconds);
    const moved = {
      ...rest,
      header: (name: string) => (name === 'x-timestamp' ? `${seconds + 1}` : header(name)),
    };
    expect(findCredential(timed, SENDERS, moved)).toBeUndefined();
  });
});

describe('a token', () => {
  const inHeader: SecretVerification = {
    kind: 'token',
    in: 'header',
    name: 'authorization',
    prefix: 'Bearer ',
    secrets: ['token'],
  };
  const inQuery: SecretVerification = { kind: 'token', in: 'query', name: 'key', secrets: ['token'] };

  test.each([
    ['in a header', inHeader, post({ authorization: 'Bearer the old one' })],
    ['in the query', inQuery, post({}, '', 'key=the+old+one')],
  ])('%s is accepted', (_, way, request) => {
    expect(findCredential(way, SENDERS, request)).toBe(SENDERS[1]);
  });

  test.each([
    ['another one', inHeader, post({ authorization: 'Bearer the odd one' })],
    ['half of one', inHeader, post({ authorization: 'Bearer the old' })],
    ['one of another scheme', inHeader, post({ authorization: 'Basic the old one' })],
    ['one in the header for the query', inQuery, post({ key: 'the old one' })],
    ['one in another case', inQuery, post({}, '', 'key=THE+OLD+ONE')],
    ['none', inQuery, post({})],
  ])('%s is refused', (_, way, request) => {
    expect(findCredential(way, SENDERS, request)).toBeUndefined();
  });
});

describe('a user name and password', () => {
  const way: SecretVerification = { kind: 'basic', user: 'user', secrets: ['password'] };
  const credentials = [{ user: 'Aladdin', secret: 'open sesame' }];

  // The example of RFC 7617, section 2.
  test.each(['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='])(
    '%s',
    (authorization) => {
      expect(findCredential(way, credentials, post({ authorization }))).toBe(credentials[0]);
    },
  );

  test.each(['Aladdin:open', 'aladdin:open sesame', ':open sesame', 'Aladdin:', ''])(
    '%j is refused',
    (pair) => {
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      expect(findCredential(way, credentials, post({ authorization }))).toBeUndefined();
    },
  );
});

test('without secrets no post is accepted', () => {
  const signature = `sha256=${sign('', 'Hello, World!').digest('hex')}`;
  expect(findCredential(plain, [], post({ 'x-signature': signature }))).toBeUndefined();
});

test('secrets are compared in constant time', () => {
  const code = readFileSync(join(__dirname, '../../../shared/push/webhook/verify.ts'), 'utf8');
  expect(code).toContain('isSameSecret(shown, expectedOf(');
  const shared = readFileSync(join(__dirname, '../../../shared/push/data-collector/shared-key.ts'), 'utf8');
  expect(shared).toContain('timingSafeEqual(digest(given), digest(expected))');
});
