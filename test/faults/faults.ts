import { pick } from '../../local/vendor/random';
import { addVendorFault, isEventPath, randomSkip, vendorFault } from './vendor-faults';
import type { Fault } from './fault';
import { EXTREME_VALUE_FAULTS } from './extreme-value-faults';
import { DAMAGED_STATE } from './damaged-state-fault';
import { FORGED_MESSAGES } from './laws/forged-messages';
import { DAMAGED_BLOBS } from './laws/damaged-blobs';
import { UNSIGNED_PARTS } from './laws/unsigned-parts';
import type { StorageRequest } from './storage';

const MINUTE_MS = 60_000;

/** A write of a checkpoint or of spool totals that counts accepted rows: these are in the workspace already. */
const isSave = ({ body, comp, method, path }: StorageRequest): boolean =>
  method === 'PUT' &&
  comp === null &&
  /\/(checkpoints|spool-totals|backfills)\//.test(path) &&
  /"(accepted|delivered)":[1-9]/.test(body.toString('utf8'));

/** Everything that can go wrong around the app. A case has one of these, a mix several. */
export const FAULTS: readonly Fault[] = [
  vendorFault(
    'rate-limited',
    'The vendor answers 429 and does not say how long to wait.',
    { do: 'status', status: 429 },
    { times: 2 },
  ),
  vendorFault(
    'rate-limited-until',
    'The vendor answers 429 with Retry-After.',
    { do: 'status', status: 429, retryAfterSeconds: 7 },
    { times: 2 },
  ),
  vendorFault(
    'vendor-error',
    'The vendor answers 500 more often than the app retries.',
    { do: 'status', status: 500 },
    { times: 5 },
  ),
  vendorFault('reset-before-body', 'The vendor resets the connection before its answer.', {
    do: 'close',
    when: 'before',
  }),
  vendorFault('reset-in-body', 'The vendor resets the connection in the middle of its answer.', {
    do: 'close',
    when: 'during',
  }),
  vendorFault('reset-after-body', 'The vendor resets the connection right after its answer.', {
    do: 'close',
    when: 'after',
  }),
  vendorFault('truncated-json', 'The vendor answers with half of the JSON.', { do: 'truncated' }),
  vendorFault('truncated-gzip', 'The vendor answers with half of the gzip data.', { do: 'truncated-gzip' }),
  vendorFault('web-page', 'Something between app and vendor answers with a web page.', { do: 'html' }),
  vendorFault(
    'slow-body',
    'The vendor’s answer arrives in pieces.',
    { do: 'slow-body', ms: 200 },
    { times: 2 },
  ),
  vendorFault('token-expiry', 'The vendor answers 401 between two pages.', { do: 'status', status: 401 }),
  vendorFault(
    'repeated-page',
    'The vendor returns the previous page again.',
    { do: 'repeated-page' },
    { mayRepeat: true, declaredOnly: true },
  ),
  vendorFault(
    'empty-page',
    'The vendor returns an empty page in the middle.',
    { do: 'empty-page' },
    { declaredOnly: true },
  ),
  vendorFault(
    'same-token',
    'The vendor names the requested page as the next one.',
    { do: 'same-token' },
    { mayRepeat: true, declaredOnly: true },
  ),
  {
    name: 'echoed-secret',
    scenario: 'pull',
    description: 'The vendor’s error repeats the credentials of the request.',
    hitsRequests: true,
    arrange(environment) {
      const { connector } = environment.options.sut;
      const body = JSON.stringify({ error: 'not today', you: environment.vendor.settings(connector.name) });
      addVendorFault(environment, { do: 'status', status: 400, body, skip: randomSkip(environment) });
    },
  },
  {
    name: 'late-events',
    scenario: 'pull',
    kind: 'events',
    description: 'Every second event is published late and out of order.',
    events: { lateOneIn: 2 },
  },
  {
    name: 'very-late-events',
    scenario: 'pull',
    kind: 'events',
    description:
      'Every third event is published up to 45 minutes late and out of order, but never later than declared.',
    events: { lateOneIn: 3, lateUpToMs: 45 * MINUTE_MS, livesMs: 60 * MINUTE_MS },
    exactlyOnce: true,
  },
  {
    name: 'equal-times',
    scenario: 'pull',
    kind: 'events',
    description: 'Events on both sides of a page boundary have equal times.',
    events: { timeStepMs: MINUTE_MS, historyMs: 6 * MINUTE_MS },
  },
  {
    name: 'clock-ahead',
    kind: 'clock',
    description: 'Our clock is ten minutes ahead of the vendor’s.',
    mayComplain: true,
    arrange: (environment) => void (environment.skewMs = 10 * MINUTE_MS),
  },
  {
    name: 'clock-behind',
    kind: 'clock',
    description: 'Our clock is ten minutes behind the vendor’s.',
    mayComplain: true,
    arrange: (environment) => void (environment.skewMs = -10 * MINUTE_MS),
  },
  {
    name: 'too-large',
    description: 'The workspace refuses posts of more than a few rows as too large.',
    arrange: ({ collector }) => void (collector.maxBytes = 6_000),
  },
  {
    name: 'accepted-then-cut',
    description: 'The workspace accepts the rows and resets the connection.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.collector.rules.add({
        matches: isEventPath,
        action: { do: 'cut', when: 'after' },
        skip: randomSkip(environment),
        times: pick(environment.random, [1, 2, 6]),
      }),
  },
  {
    name: 'cut-before-accepted',
    description: 'The workspace resets the connection before it accepts the rows.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.collector.rules.add({
        matches: isEventPath,
        action: { do: 'cut', when: 'before' },
        skip: randomSkip(environment),
        times: pick(environment.random, [1, 6]),
      }),
  },
  {
    name: 'workspace-busy',
    description: 'The workspace answers 429 with Retry-After, then 503.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.collector.rules.add(
        {
          action: { do: 'status', status: 429, retryAfter: '9' },
          matches: isEventPath,
          skip: randomSkip(environment),
        },
        { action: { do: 'status', status: 503 }, matches: isEventPath, times: 4 },
      ),
  },
  {
    name: 'workspace-away',
    kind: 'workspace',
    description: 'The workspace is unavailable for six hours.',
    durationMs: 6 * 60 * MINUTE_MS,
    hitsRequests: true,
    arrange: (environment) =>
      environment.collector.rules.add({
        action: { do: 'status', status: 503 },
        matches: isEventPath,
        times: Number.POSITIVE_INFINITY,
      }),
  },
  {
    name: 'lying-workspace',
    description: 'The workspace confirms the rows and throws them away.',
    mustFail: true,
    arrange: (environment) =>
      environment.collector.rules.add({ action: { do: 'lie' }, matches: isEventPath }),
  },
  {
    name: 'common-secret',
    scenario: 'pull',
    description: 'A secret is a word that occurs in what the app writes.',
    mustFail: true,
    env: { AZURE_CLIENT_SECRET: 'checkpoints' },
  },
  {
    name: 'workspace-token-expiry',
    description: 'The workspace answers 401 once.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.collector.rules.add({
        matches: isEventPath,
        action: { do: 'status', status: 401 },
        skip: randomSkip(environment),
      }),
  },
  {
    name: 'data-collector',
    kind: 'sink',
    description: 'Rows are sent by the older API.',
    env: { SINK: 'data-collector' },
  },
  {
    name: 'lease-lost',
    description:
      'The lease is lost in the middle of a run, and another run continues before the first one notices.',
    hitsRequests: true,
    arrange: (environment) => {
      const first = async ({ path }: { readonly path: string }): Promise<void> => {
        await environment.storage.endLease(path);
        await environment.options.scenario.concurrentRun(environment);
      };
      environment.storage.rules.add({
        action: { do: 'meanwhile', first },
        matches: isSave,
        skip: randomSkip(environment),
      });
    },
  },
  {
    name: 'two-starts',
    kind: 'starts',
    description: 'Two processes begin the same run at once.',
    arrange: ({ platform }) => void (platform.starts = 2),
  },
  ...(['lost', 'repeated', 'poisoned'] as const).map((messages): Fault => ({
    name: `messages-${messages}`,
    kind: 'messages',
    description: `Every run has time for one page, and queue messages are ${messages}.`,
    env: { AzureFunctionsJobHost__functionTimeout: '00:00:00' },
    onePage: true,
    arrange: ({ platform }) => void (platform.messages = messages),
  })),
  {
    name: 'storage-unavailable',
    description: 'Storage answers 503 for a while.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.storage.rules.add({
        action: { do: 'unavailable' },
        skip: 4 * randomSkip(environment),
        times: pick(environment.random, [2, 9]),
      }),
  },
  {
    name: 'storage-cut-before',
    description: 'Storage resets the connection before it executes a request.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.storage.rules.add({
        action: { do: 'cut', when: 'before' },
        skip: 4 * randomSkip(environment),
        times: pick(environment.random, [2, 9]),
      }),
  },
  {
    name: 'saved-then-cut',
    description: 'Storage executes a request and resets the connection.',
    hitsRequests: true,
    arrange: (environment) =>
      environment.storage.rules.add({
        action: { do: 'cut', when: 'after' },
        skip: 4 * randomSkip(environment),
        times: pick(environment.random, [1, 2]),
      }),
  },
  ...EXTREME_VALUE_FAULTS,
  DAMAGED_STATE,
  DAMAGED_BLOBS,
  FORGED_MESSAGES,
  UNSIGNED_PARTS,
];
