import { findCredential, type SecretVerification } from '../../shared/push/webhook/verify';
import github from '.';

const verify = github.sources['events']?.receive?.verify as SecretVerification;

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
  const credential = { secret: "It's a Secret to Everybody" };
  expect(findCredential(verify, [credential], signed)).toBe(credential);
});

test('GitHub’s older signature alone is not enough', () => {
  const signed = post('Hello, World!', {
    'x-hub-signature': 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59',
  });
  expect(findCredential(verify, [{ secret: "It's a Secret to Everybody" }], signed)).toBeUndefined();
});
