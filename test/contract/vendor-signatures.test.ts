import github from '../../connectors/github-webhooks';
import zoom from '../../connectors/zoom-webhooks';
import type { Connector } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { Receive } from '../../shared/contract/receive';
import { answerChallenge } from '../../shared/kit/challenge';
import { findSender, type SecretVerification } from '../../shared/kit/verify-post';

/* What the connectors declare, against what was signed elsewhere: by the vendor itself, or by OpenSSL. */

const receiveOf = (connector: Connector): Receive => connector.sources['events']?.receive as Receive;
const verifyOf = (connector: Connector) => receiveOf(connector).verify as SecretVerification;

const post = (body: string, headers: Readonly<Record<string, string>>) => ({
  body: Buffer.from(body),
  query: new URLSearchParams(),
  header: (name: string) => headers[name],
});

test('GitHub signs as its documentation shows', () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  const signed = post('Hello, World!', {
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  });
  const sender = { secret: "It's a Secret to Everybody" };
  expect(findSender(verifyOf(github), [sender], signed, new Date())).toBe(sender);
});

test('GitHub’s older signature alone is not enough', () => {
  const signed = post('Hello, World!', {
    'x-hub-signature': 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59',
  });
  expect(
    findSender(verifyOf(github), [{ secret: "It's a Secret to Everybody" }], signed, new Date()),
  ).toBeUndefined();
});

describe('Zoom', () => {
  // printf 'v0:1654503849:%s' "$body" | openssl dgst -sha256 -hmac secretValueTest
  const body =
    '{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}';
  const headers = {
    'x-zm-request-timestamp': '1654503849',
    'x-zm-signature': 'v0=f7b7dcfa8b11d7f5e1102e1dd720ffbf30762dbf79e9668b3c11b66898d36d9c',
  };
  const sender = { secret: 'secretValueTest' };
  const at = (seconds: number) => new Date((1_654_503_849 + seconds) * 1_000);

  test('signs time and body, each time that it sends within the hour and a half of its repeats', () => {
    for (const seconds of [0, 3, 5 * 60, 25 * 60, 85 * 60])
      expect(findSender(verifyOf(zoom), [sender], post(body, headers), at(seconds))).toBe(sender);
    expect(findSender(verifyOf(zoom), [sender], post(body, headers), at(2 * 3_600 + 1))).toBeUndefined();
  });

  test('gets its own text back, with its keyed hash', () => {
    // printf qgg8vlvZRS6UYooatFL8Aw | openssl dgst -sha256 -hmac secretValueTest
    const { challenge } = receiveOf(zoom);
    expect(challenge && answerChallenge(challenge, JSON.parse(body) as Json, sender.secret)).toEqual({
      plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
      encryptedToken: '70c1f2e2e6ca2d39297490d1f9142c7d701415ea8e6151f6562a08fa657a40ff',
    });
  });
});
