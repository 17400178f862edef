import type { Challenge } from '../../../shared/contract/webhook';
import { answerChallenge } from '../../../shared/push/webhook/challenge';

const hashed: Challenge = {
  when: { from: 'event', is: 'endpoint.url_validation' },
  text: 'payload.plainToken',
  answer: { plainToken: 'text', encryptedToken: 'hmac-sha256' },
};
const echoed: Challenge = {
  when: { from: 'type', is: 'url_verification' },
  text: 'challenge',
  answer: { challenge: 'text' },
};

test('a plain token is answered with its keyed hash', () => {
  // The challenge is that of https://developers.zoom.us/docs/api/webhooks/; the hash was made with OpenSSL.
  const body = { payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' }, event_ts: 1_654_503_849_680 };
  expect(answerChallenge(hashed, { ...body, event: 'endpoint.url_validation' }, 'secretValueTest')).toEqual({
    plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
    encryptedToken: '70c1f2e2e6ca2d39297490d1f9142c7d701415ea8e6151f6562a08fa657a40ff',
  });
});

test('a text is answered unchanged', () => {
  // https://docs.slack.dev/reference/events/url_verification
  const body = {
    token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl',
    challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    type: 'url_verification',
  };
  expect(answerChallenge(echoed, body, '')).toEqual({ challenge: body.challenge });
});

test.each([
  ['another event', { event: 'meeting.started', payload: { plainToken: 'a' } }],
  ['no text to answer', { event: 'endpoint.url_validation', payload: {} }],
  ['an empty one', { event: 'endpoint.url_validation', payload: { plainToken: '' } }],
  ['a number', { event: 'endpoint.url_validation', payload: { plainToken: 7 } }],
  [
    'a text that is too long',
    { event: 'endpoint.url_validation', payload: { plainToken: 'a'.repeat(1_001) } },
  ],
  ['an array', [{ event: 'endpoint.url_validation', payload: { plainToken: 'a' } }]],
  ['nothing', null],
])('%s is not a challenge', (_, body) => {
  expect(answerChallenge(hashed, body, 'secret')).toBeUndefined();
});
