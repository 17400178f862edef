import type { Json } from '../../shared/contract/json';
import { answerChallenge } from '../../shared/push/webhook/challenge';
import { findCredential, isRecent, type SecretVerification } from '../../shared/push/webhook/verify';
import zoom from '.';

const receive = zoom.sources['events']?.receive;
const verify = receive?.verify as SecretVerification;

const post = (body: string, headers: Readonly<Record<string, string>>) => ({
  body: Buffer.from(body),
  query: new URLSearchParams(),
  header: (name: string) => headers[name],
});

describe('Zoom', () => {
  // printf 'v0:1654503849:%s' "$body" | openssl dgst -sha256 -hmac secretValueTest
  const body =
    '{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}';
  const headers = {
    'x-zm-request-timestamp': '1654503849',
    'x-zm-signature': 'v0=f7b7dcfa8b11d7f5e1102e1dd720ffbf30762dbf79e9668b3c11b66898d36d9c',
  };
  const credential = { secret: 'secretValueTest' };
  const at = (seconds: number) => new Date((1_654_503_849 + seconds) * 1_000);

  test('signs the time and the body; a signature stays valid for all redeliveries within an hour and a half', () => {
    expect(findCredential(verify, [credential], post(body, headers))).toBe(credential);
    for (const seconds of [0, 3, 5 * 60, 25 * 60, 85 * 60])
      expect(isRecent(verify, post(body, headers), at(seconds))).toBe(true);
    expect(isRecent(verify, post(body, headers), at(2 * 3_600 + 1))).toBe(false);
  });

  test('gets the keyed hash of its plain token as the answer to a challenge', () => {
    // printf qgg8vlvZRS6UYooatFL8Aw | openssl dgst -sha256 -hmac secretValueTest
    const challenge = receive?.challenge;
    expect(challenge && answerChallenge(challenge, JSON.parse(body) as Json, credential.secret)).toEqual({
      plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
      encryptedToken: '70c1f2e2e6ca2d39297490d1f9142c7d701415ea8e6151f6562a08fa657a40ff',
    });
  });
});
