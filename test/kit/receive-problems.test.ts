import type { ReceiveSource, Settings } from '../../shared/contract/connector';
import type { HmacVerification, Receive, Verification } from '../../shared/contract/webhook';
import { connectorProblems } from '../../shared/kit/connector-problems';
import { secret, text } from '../../shared/kit/define-connector';
import { receiveProblems } from '../../shared/kit/receive-problems';
import { loadConnectors } from '../../shared/load';

const settings: Settings = {
  secret: secret('The secret.'),
  previousSecret: secret('The one before.', { optional: true }),
  user: text('The name.'),
};
const hmac: HmacVerification = {
  kind: 'hmac',
  hash: 'sha256',
  secrets: ['secret', 'previousSecret'],
  header: 'x-signature',
};
const timestamp = { header: 'x-timestamp', windowMs: 300_000 };

function source(receive: Partial<Receive>, own: Settings = settings): ReceiveSource {
  const table = { name: 'AcmeEvents_CL', time: '@received', columns: {} };
  return { table, settings: own, receive: receive as Receive };
}

const problemsOf = (verify: Verification, more: Partial<Receive> = {}): string[] =>
  receiveProblems('events', source({ verify, ...more }));

test.each<[string, Verification]>([
  ['a keyed hash', hmac],
  ['one with a time', { ...hmac, signs: 'v0:{timestamp}:{body}', timestamp }],
  ['a token in a header', { kind: 'token', in: 'header', name: 'x-token', secrets: ['secret'] }],
  ['a token in the query', { kind: 'token', in: 'query', name: 'apiKey', secrets: ['secret'] }],
  ['a name and a password', { kind: 'basic', user: 'user', secrets: ['secret'] }],
  ['a key of the function app', { kind: 'function-key' }],
])('%s is an accepted way to verify the sender', (_, verify) => {
  expect(problemsOf(verify)).toEqual([]);
});

test.each(['@headers.x-id', "$['@headers']['x-id']", '@received'])(
  'an event id at %s is refused, because no signature covers it',
  (eventId) => {
    const { receive, table } = source({ verify: hmac, headers: ['x-id'] });
    expect(receiveProblems('events', { table: { ...table, eventId }, settings, receive })).toEqual([
      expect.stringContaining('is not covered by the signature'),
    ]);
  },
);

const OPEN =
  "the source events: anyone could post to it. Say in receive.verify how a post shows that it is the vendor's, " +
  "or { kind: 'function-key' }, so that Azure Functions asks for a key.";

test('a source that anyone could post to is refused, and its folder is left out with what to do', () => {
  const open = {
    name: 'acme-hooks',
    title: 'Acme Hooks',
    settings: {},
    sources: { events: source({ headers: ['x-event'] }) },
  };
  expect(connectorProblems(open, 'acme-hooks')).toEqual([OPEN]);
  const { broken, connectors } = loadConnectors([{ name: 'acme-hooks', load: () => ({ default: open }) }]);
  expect(connectors).toEqual([]);
  expect(broken).toEqual([{ folder: 'acme-hooks', problem: OPEN }]);
});

test('a source is either pulled or pushed, never both', () => {
  const both = { ...source({ verify: hmac }), pull: () => undefined };
  const connector = { name: 'acme', title: 'Acme', settings: {}, sources: { events: both } };
  expect(connectorProblems(connector, 'acme')).toEqual([
    'the source events has a pull and a receive. Make it two sources.',
  ]);
});

test.each<[string, Verification, Partial<Receive>, string]>([
  ['no secret', { ...hmac, secrets: [] }, {}, 'verify.secrets names no setting'],
  ['a text', { ...hmac, secrets: ['user'] }, {}, 'verify names user, which is not a secret setting'],
  ['an unknown name', { kind: 'basic', user: 'who', secrets: ['secret'] }, {}, 'verify names who'],
  ['an optional first', { ...hmac, secrets: ['previousSecret'] }, {}, 'It must not be optional'],
  ['a header in capitals', { ...hmac, header: 'X-Signature' }, {}, 'must be written in lower case'],
  ['a body that is not signed', { ...hmac, signs: '{timestamp}', timestamp }, {}, 'has no {body}'],
  ['a time that is not signed', { ...hmac, timestamp }, {}, 'an unsigned time proves nothing'],
  ['a time that is never checked', { ...hmac, signs: '{timestamp}{body}' }, {}, 'require each other'],
  [
    'an unbounded window',
    { ...hmac, signs: '{timestamp}{body}', timestamp: { ...timestamp, windowMs: Infinity } },
    {},
    'must lie within a day',
  ],
  [
    'a token in a stored header',
    { kind: 'token', in: 'header', name: 'x-token', secrets: ['secret'] },
    { headers: ['x-token'] },
    'It must not be stored',
  ],
  ['a password in a stored header', hmac, { headers: ['authorization'] }, 'It must not be stored'],
  [
    'a challenge without a secret',
    { kind: 'function-key' },
    {
      challenge: { when: { from: 'type', is: 'check' }, text: 'text', answer: { hash: 'hmac-sha256' } },
    },
    'verify names no secret',
  ],
  [
    'a challenge without a path',
    hmac,
    { challenge: { when: { from: '$[', is: 'check' }, text: 'text', answer: { text: 'text' } } },
    'reading the path',
  ],
])('%s is reported', (_, verify, more, sentence) => {
  expect(problemsOf(verify, more)).toEqual([expect.stringContaining(sentence)]);
});

test('a second secret for rotation must be optional', () => {
  const own = { ...settings, previousSecret: secret('The one before.') };
  expect(receiveProblems('events', source({ verify: hmac }, own))).toEqual([
    'the source events: previousSecret is for the rotation of secret. Make it optional.',
  ]);
});
