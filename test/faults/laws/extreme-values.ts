import { pick } from '../../../local/vendor/random';
import { behave, isEvents, some } from '../vendor-faults';
import type { Fault } from '../fault';
import type { Scene } from '../test-environment';

/** What a peer's number may be where it is no sensible one. */
const NUMBERS = ['0', '-1', '2147483648', '1000000000', 'NaN', '253402300799'] as const;
/** The same of a moment: 1970, before it, beyond 2038, beyond what most can write, none, and the year 9999. */
const MOMENTS = [
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Wed, 31 Dec 1969 23:59:59 GMT',
  'Tue, 19 Jan 2038 03:14:08 GMT',
  'NaN',
  'Fri, 31 Dec 9999 23:59:59 GMT',
] as const;

const number = ({ random }: Scene): string => pick(random, NUMBERS);
const moment = ({ random }: Scene): string => pick(random, MOMENTS);
const wait = (scene: Scene): string => (scene.random() < 0.5 ? number(scene) : moment(scene));

/** No number of a peer stops a source, spins it, or makes it lose anything: every one that a peer gives is drawn from these too. */
export const EXTREMES: readonly Fault[] = [
  {
    name: 'extreme-retry-after',
    kind: 'waits',
    says: 'The vendor answers 429 with a Retry-After that is no sensible one.',
    journey: 'pull',
    meets: true,
    arrange: (scene) =>
      behave(scene, {
        do: 'status',
        status: 429,
        headers: { 'retry-after': wait(scene) },
        skip: some(scene),
        times: 2,
      }),
  },
  {
    name: 'extreme-rate-limit',
    kind: 'waits',
    says: 'The vendor says of its rate limit what cannot be.',
    journey: 'pull',
    meets: true,
    arrange: (scene) =>
      behave(scene, {
        do: 'headers',
        headers: {
          'x-ratelimit-limit': number(scene),
          'x-ratelimit-remaining': number(scene),
          'x-ratelimit-reset': number(scene),
          'x-rate-limit-limit': number(scene),
          'x-rate-limit-remaining': number(scene),
          'x-rate-limit-reset': number(scene),
        },
        skip: some(scene),
        times: 3,
      }),
  },
  {
    name: 'extreme-date',
    kind: 'clock',
    says: 'The vendor’s clock says a time that cannot be.',
    journey: 'pull',
    meets: true,
    arrange: (scene) =>
      behave(scene, { do: 'headers', headers: { date: moment(scene) }, skip: some(scene), times: 2 }),
  },
  {
    name: 'extreme-length',
    says: 'The vendor says of its answer a length that it has not.',
    journey: 'pull',
    meets: true,
    arrange: (scene) =>
      behave(scene, { do: 'headers', headers: { 'content-length': number(scene) }, skip: some(scene) }),
  },
  {
    name: 'extreme-numbers',
    kind: 'events',
    says: 'Every number of an event, but for its time and its id, is none that its column is made for.',
    journey: 'pull',
    events: { numbers: [0, -1, 2 ** 31, 1e9, 'NaN', '9999-12-31T23:59:59Z', 2n ** 64n, -1e308] },
  },
  {
    name: 'extreme-workspace-wait',
    kind: 'workspace',
    says: 'The workspace answers 429, then 503, with a Retry-After that is no sensible one.',
    meets: true,
    arrange: (scene) =>
      scene.collector.rules.add(
        { does: { do: 'status', status: 429, retryAfter: wait(scene) }, on: isEvents, skip: some(scene) },
        { does: { do: 'status', status: 503, retryAfter: wait(scene) }, on: isEvents },
      ),
  },
  {
    name: 'extreme-storage-wait',
    says: 'Storage answers 503 with a Retry-After that is no sensible one.',
    meets: true,
    arrange: (scene) =>
      scene.storage.rules.add({
        does: { do: 'unavailable', retryAfter: wait(scene) },
        skip: 4 * some(scene),
        times: pick(scene.random, [1, 2]),
      }),
  },
];
