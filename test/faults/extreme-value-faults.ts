import { pick } from '../../local/vendor/random';
import { addVendorFault, isEventPath, randomSkip } from './vendor-faults';
import type { Fault } from './fault';
import type { TestEnvironment } from './test-environment';

/** Numbers that a peer should not send. */
const NUMBERS = ['0', '-1', '2147483648', '1000000000', 'NaN', '253402300799'] as const;
/** Times that a peer should not send: 1970, before 1970, beyond 2038, not a time, the year 9999. */
const MOMENTS = [
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Wed, 31 Dec 1969 23:59:59 GMT',
  'Tue, 19 Jan 2038 03:14:08 GMT',
  'NaN',
  'Fri, 31 Dec 9999 23:59:59 GMT',
] as const;

const number = ({ random }: TestEnvironment): string => pick(random, NUMBERS);
const moment = ({ random }: TestEnvironment): string => pick(random, MOMENTS);
const wait = (environment: TestEnvironment): string =>
  environment.random() < 0.5 ? number(environment) : moment(environment);

/** No number of a peer may stop a source, make it spin, or make it lose anything. */
export const EXTREME_VALUE_FAULTS: readonly Fault[] = [
  {
    name: 'extreme-retry-after',
    kind: 'waits',
    description: 'The vendor answers 429 with an extreme Retry-After.',
    scenario: 'pull',
    hitsRequests: true,
    arrange: (environment) =>
      addVendorFault(environment, {
        do: 'status',
        status: 429,
        headers: { 'retry-after': wait(environment) },
        skip: randomSkip(environment),
        times: 2,
      }),
  },
  {
    name: 'extreme-rate-limit',
    kind: 'waits',
    description: 'The vendor sends extreme rate-limit headers.',
    scenario: 'pull',
    hitsRequests: true,
    arrange: (environment) =>
      addVendorFault(environment, {
        do: 'headers',
        headers: {
          'x-ratelimit-limit': number(environment),
          'x-ratelimit-remaining': number(environment),
          'x-ratelimit-reset': number(environment),
          'x-rate-limit-limit': number(environment),
          'x-rate-limit-remaining': number(environment),
          'x-rate-limit-reset': number(environment),
        },
        skip: randomSkip(environment),
        times: 3,
      }),
  },
  {
    name: 'extreme-date',
    kind: 'clock',
    description: 'The vendor sends an extreme Date header.',
    scenario: 'pull',
    hitsRequests: true,
    arrange: (environment) =>
      addVendorFault(environment, {
        do: 'headers',
        headers: { date: moment(environment) },
        skip: randomSkip(environment),
        times: 2,
      }),
  },
  {
    name: 'extreme-length',
    description: 'The vendor sends a wrong Content-Length.',
    scenario: 'pull',
    hitsRequests: true,
    arrange: (environment) =>
      addVendorFault(environment, {
        do: 'headers',
        headers: { 'content-length': number(environment) },
        skip: randomSkip(environment),
      }),
  },
  {
    name: 'extreme-numbers',
    kind: 'events',
    description: 'Every number of an event, except its time and its id, is extreme for its column.',
    scenario: 'pull',
    events: { numbers: [0, -1, 2 ** 31, 1e9, 'NaN', '9999-12-31T23:59:59Z', 2n ** 64n, -1e308] },
  },
  {
    name: 'extreme-workspace-wait',
    kind: 'workspace',
    description: 'The workspace answers 429, then 503, with an extreme Retry-After.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.collector.rules.add(
        {
          action: { do: 'status', status: 429, retryAfter: wait(environment) },
          matches: isEventPath,
          skip: randomSkip(environment),
        },
        { action: { do: 'status', status: 503, retryAfter: wait(environment) }, matches: isEventPath },
      ),
  },
  {
    name: 'extreme-storage-wait',
    description: 'Storage answers 503 with an extreme Retry-After.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.storage.rules.add({
        action: { do: 'unavailable', retryAfter: wait(environment) },
        skip: 4 * randomSkip(environment),
        times: pick(environment.random, [1, 2]),
      }),
  },
];
