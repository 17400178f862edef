import { pick } from '../../local/vendor/random';
import { behave, isEvents, some, vendor } from './vendor-faults';
import type { Fault } from './fault';
import { EXTREMES } from './laws/extreme-values';
import { NONSENSE_STATE } from './laws/damaged-reads';
import { NONSENSE_MESSAGES } from './laws/forged-messages';
import { NONSENSE_BLOBS } from './laws/damaged-blobs';
import { UNSIGNED_PARTS } from './laws/unsigned-parts';
import type { StorageRequest } from './storage';

const MINUTE_MS = 60_000;

/** A checkpoint, or a spool's totals, that counts what was accepted: it is in the workspace already. */
const isSave = ({ body, comp, method, path }: StorageRequest): boolean =>
  method === 'PUT' &&
  comp === null &&
  /\/(checkpoints|spool-totals|backfills)\//.test(path) &&
  /"(accepted|delivered)":[1-9]/.test(body.toString('utf8'));

/** Everything that goes wrong around the app, one at a time; mixes take several. */
export const FAULTS: readonly Fault[] = [
  vendor(
    'rate-limited',
    'The vendor answers 429 and does not say how long to wait.',
    { do: 'status', status: 429 },
    { times: 2 },
  ),
  vendor(
    'rate-limited-until',
    'The vendor answers 429 with Retry-After.',
    { do: 'status', status: 429, retryAfterSeconds: 7 },
    { times: 2 },
  ),
  vendor(
    'vendor-error',
    'The vendor answers 500, more often than is asked again.',
    { do: 'status', status: 500 },
    { times: 5 },
  ),
  vendor('reset-before-body', 'The vendor resets the connection before its answer.', {
    do: 'close',
    when: 'before',
  }),
  vendor('reset-in-body', 'The vendor resets the connection in the middle of its answer.', {
    do: 'close',
    when: 'during',
  }),
  vendor('reset-after-body', 'The vendor resets the connection right behind its answer.', {
    do: 'close',
    when: 'after',
  }),
  vendor('truncated-json', 'The vendor answers with half of the JSON.', { do: 'truncated' }),
  vendor('truncated-gzip', 'The vendor answers with half of what gzip made.', { do: 'truncated-gzip' }),
  vendor('web-page', 'Something in between answers with a web page.', { do: 'html' }),
  vendor(
    'slow-body',
    'The answer of the vendor comes in pieces.',
    { do: 'slow-body', ms: 200 },
    { times: 2 },
  ),
  vendor('token-expiry', 'The vendor answers 401 between two pages.', { do: 'status', status: 401 }),
  vendor(
    'repeated-page',
    'The vendor gives the page before once more.',
    { do: 'repeated-page' },
    { repeats: true, ofDeclarations: true },
  ),
  vendor(
    'empty-page',
    'The vendor gives an empty page in the middle.',
    { do: 'empty-page' },
    { ofDeclarations: true },
  ),
  vendor(
    'same-token',
    'The vendor names the page that was asked for as the next one.',
    { do: 'same-token' },
    { repeats: true, ofDeclarations: true },
  ),
  {
    name: 'echoed-secret',
    journey: 'pull',
    says: 'The vendor’s error says again what it was asked with.',
    meets: true,
    arrange(scene) {
      const { connector } = scene.parts.subject;
      const body = JSON.stringify({ error: 'not today', you: scene.vendor.settings(connector.name) });
      behave(scene, { do: 'status', status: 400, body, skip: some(scene) });
    },
  },
  {
    name: 'late-events',
    journey: 'pull',
    kind: 'events',
    says: 'Every second event is published late and out of order.',
    events: { lateOneIn: 2 },
  },
  {
    name: 'very-late-events',
    journey: 'pull',
    kind: 'events',
    says: 'Every third event is published up to 45 minutes late and out of order, as far as the vendor says so.',
    events: { lateOneIn: 3, lateUpToMs: 45 * MINUTE_MS, livesMs: 60 * MINUTE_MS },
    once: true,
  },
  {
    name: 'equal-times',
    journey: 'pull',
    kind: 'events',
    says: 'Events have equal times across the borders of pages.',
    events: { timeStepMs: MINUTE_MS, historyMs: 6 * MINUTE_MS },
  },
  {
    name: 'clock-ahead',
    kind: 'clock',
    says: 'Our clock is ten minutes ahead of the vendor’s.',
    complaints: true,
    arrange: (scene) => void (scene.skewMs = 10 * MINUTE_MS),
  },
  {
    name: 'clock-behind',
    kind: 'clock',
    says: 'Our clock is ten minutes behind the vendor’s.',
    complaints: true,
    arrange: (scene) => void (scene.skewMs = -10 * MINUTE_MS),
  },
  {
    name: 'too-large',
    says: 'The workspace finds posts too large that hold more than a few rows.',
    arrange: ({ collector }) => void (collector.maxBytes = 6_000),
  },
  {
    name: 'accepted-then-cut',
    says: 'The workspace takes the rows and cuts the line.',
    meets: true,
    arrange: (scene) =>
      scene.collector.rules.add({
        on: isEvents,
        does: { do: 'cut', when: 'after' },
        skip: some(scene),
        times: pick(scene.random, [1, 2, 6]),
      }),
  },
  {
    name: 'cut-before-accepted',
    says: 'The workspace cuts the line before it takes the rows.',
    meets: true,
    arrange: (scene) =>
      scene.collector.rules.add({
        on: isEvents,
        does: { do: 'cut', when: 'before' },
        skip: some(scene),
        times: pick(scene.random, [1, 6]),
      }),
  },
  {
    name: 'workspace-busy',
    says: 'The workspace answers 429 with Retry-After, then 503.',
    meets: true,
    arrange: (scene) =>
      scene.collector.rules.add(
        { does: { do: 'status', status: 429, retryAfter: '9' }, on: isEvents, skip: some(scene) },
        { does: { do: 'status', status: 503 }, on: isEvents, times: 4 },
      ),
  },
  {
    name: 'workspace-away',
    kind: 'workspace',
    says: 'The workspace is away for six hours.',
    lastsMs: 6 * 60 * MINUTE_MS,
    meets: true,
    arrange: (scene) =>
      scene.collector.rules.add({
        does: { do: 'status', status: 503 },
        on: isEvents,
        times: Number.POSITIVE_INFINITY,
      }),
  },
  {
    name: 'lying-workspace',
    says: 'The workspace says that it took the rows and throws them away.',
    hopeless: true,
    arrange: (scene) => scene.collector.rules.add({ does: { do: 'lie' }, on: isEvents }),
  },
  {
    name: 'common-secret',
    journey: 'pull',
    says: 'A secret is a word that stands in what is written.',
    hopeless: true,
    env: { AZURE_CLIENT_SECRET: 'checkpoints' },
  },
  {
    name: 'workspace-token-expiry',
    says: 'The workspace answers 401 once.',
    meets: true,
    arrange: (scene) =>
      scene.collector.rules.add({
        on: isEvents,
        does: { do: 'status', status: 401 },
        skip: some(scene),
      }),
  },
  {
    name: 'data-collector',
    kind: 'sink',
    says: 'Rows go out by the older API.',
    env: { SINK: 'data-collector' },
  },
  {
    name: 'lease-lost',
    says: 'The lease is lost in the middle of a run, and another run goes on before the first one knows.',
    meets: true,
    arrange: (scene) => {
      const first = async ({ path }: { readonly path: string }): Promise<void> => {
        await scene.storage.endLease(path);
        await scene.parts.journey.rival(scene);
      };
      scene.storage.rules.add({ does: { do: 'meanwhile', first }, on: isSave, skip: some(scene) });
    },
  },
  {
    name: 'two-starts',
    kind: 'starts',
    says: 'Two processes begin the same run at once.',
    arrange: ({ platform }) => void (platform.starts = 2),
  },
  ...(['lost', 'repeated', 'poisoned'] as const).map((messages): Fault => ({
    name: `messages-${messages}`,
    kind: 'messages',
    says: `Every run has time for one page, and the messages of the queue are ${messages}.`,
    env: { AzureFunctionsJobHost__functionTimeout: '00:00:00' },
    arrange: ({ platform }) => void (platform.messages = messages),
  })),
  {
    name: 'storage-unavailable',
    says: 'Storage answers 503 for a while.',
    meets: true,
    arrange: (scene) =>
      scene.storage.rules.add({
        does: { do: 'unavailable' },
        skip: 4 * some(scene),
        times: pick(scene.random, [2, 9]),
      }),
  },
  {
    name: 'storage-cut-before',
    says: 'Storage cuts the line before it does what it was asked.',
    meets: true,
    arrange: (scene) =>
      scene.storage.rules.add({
        does: { do: 'cut', when: 'before' },
        skip: 4 * some(scene),
        times: pick(scene.random, [2, 9]),
      }),
  },
  {
    name: 'saved-then-cut',
    says: 'Storage does what it was asked and cuts the line.',
    meets: true,
    arrange: (scene) =>
      scene.storage.rules.add({
        does: { do: 'cut', when: 'after' },
        skip: 4 * some(scene),
        times: pick(scene.random, [1, 2]),
      }),
  },
  ...EXTREMES,
  NONSENSE_STATE,
  NONSENSE_BLOBS,
  NONSENSE_MESSAGES,
  UNSIGNED_PARTS,
];
