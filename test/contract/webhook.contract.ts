import { UnavailableError } from '../../shared/contract/errors';
import type { Json } from '../../shared/contract/json';
import type { PushRequest } from '../../shared/contract/push';
import { parseJson, stringifyDeep } from '../../shared/values/json/json';
import { webhookEndpoints } from '../../shared/run/webhook-endpoints';
import { readChallenge } from '../../local/vendor/posts/posts';
import { signPost, type SignedPost } from '../../local/vendor/posts/sign';
import { changedBody, changesOfBytes, changesOfHeaders, unsignedHeaders } from '../fakes/unsigned-changes';
import { goldenRows, HOSTILE, type Check, type Checked } from './connector-harness';
import { startWebhookHarness, type ChangePost, type WebhookHarness } from './webhook-harness';
import { settingsOf } from '../../shared/kit/receive-problems';

/** The checks of a pushed source: what arrives, whatever the sink and the senders do, and what never leaves the app. */
export function checkWebhook(checked: Checked, check: Check, harnessNow: () => WebhookHarness): void {
  checkArrival(checked, check, harnessNow);
  checkSenders(checked, check, harnessNow);
  checkUnsigned(checked, check, harnessNow);
}

function checkArrival(
  { connector, folder, source }: Checked,
  check: Check,
  harnessNow: () => WebhookHarness,
): void {
  const golden = (): unknown => goldenRows(folder, source);

  check(3, 'the posted fixtures give the golden rows', async () => {
    const harness = harnessNow();
    const answers = await harness.postAll();
    expect(answers).toEqual(harness.posts.map(() => ({ status: 200 })));
    expect(answers.length).toBeGreaterThan(0);
    expect((await harness.deliver()).report).toMatchObject({ outcome: 'caught-up', pending: 0 });
    expect(harness.rows()).toEqual(golden());
  });

  check(4, 'the sink fails at each batch in turn: the next delivery misses no row', async () => {
    await harnessNow().postAll();
    await harnessNow().deliver();
    for (let batch = 0; batch < harnessNow().collector.requests.length; batch++) {
      const harness = await startWebhookHarness(folder, connector, source);
      await harness.postAll();
      harness.collector.fail(...Array<object>(batch).fill({}), ...Array<object>(4).fill({ status: 500 }));
      const failed = await harness.deliver();
      harness.clock.advance(3_600_000);
      const after = await harness.deliver();
      expect([failed.report?.outcome, after.report?.outcome]).toEqual(['failed', 'caught-up']);
      expect(new Set(harness.rows().map((row) => row['EventId']))).toEqual(idsOf(golden()));
      await harness.close();
    }
  });

  check(6, 'a second delivery brings no row', async () => {
    const harness = harnessNow();
    await harness.postAll();
    await harness.deliver();
    expect((await harness.deliver()).report).toMatchObject({ outcome: 'caught-up', fetched: 0 });
    expect(harness.rows()).toEqual(golden());
  });

  check(8, 'storage that is not there: 503 with Retry-After, so that the vendor keeps the post', async () => {
    const harness = harnessNow();
    harness.spool.beforePut = () => {
      throw new UnavailableError('storing: storage is not there.', { retryAfterMs: 7_000 });
    };
    const answers = await harness.postAll();
    expect(answers.map(({ headers, status }) => [status, headers?.['retry-after']])).toEqual(
      harness.posts.map(() => [503, '7']),
    );
  });

  check(10, 'hostile records and bodies: a row each, or a dead letter, and nothing throws', async () => {
    const harness = harnessNow();
    const headers = { ...harness.posts[0]?.headers, 'content-type': 'application/json' };
    const statuses: number[] = [];
    for (const text of HOSTILE)
      statuses.push((await harness.post({ headers, body: parseJson(text) })).status);
    for (const bytes of UNREADABLE) {
      const signed = signPost(
        harness.source.receive,
        harness.settings,
        { headers, bytes },
        harness.clock.now(),
      );
      statuses.push((await harness.post({ headers, body: [] }, () => asRequest(signed))).status);
    }
    expect((await harness.deliver()).report).toMatchObject({ outcome: 'caught-up', pending: 0 });
    const { ledger } = await harness.spool.view(harness.id);
    expect(statuses).toEqual([...HOSTILE, ...UNREADABLE].map(() => 200));
    const unread = harness.deadLetters.letters.filter(({ detail }) =>
      detail.startsWith('reading the post: '),
    );
    expect(unread.map(({ cause, record }) => [cause, record])).toEqual([
      ['body-set-aside', '{"cut":'],
      ['damaged', '"//4A"'],
    ]);
    expect(ledger.fetched).toBe(ledger.accepted + ledger.deadLettered + ledger.duplicate);
    expect(ledger.deadLettered).toBeGreaterThanOrEqual(4);
    expect(harness.rows().length).toBe(ledger.accepted);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
}

function checkSenders(
  { connector, folder, source }: Checked,
  check: Check,
  harnessNow: () => WebhookHarness,
): void {
  const { receive } = connector.sources[source] ?? {};
  const secretNames = receive === undefined ? [] : settingsOf(receive.verify).secrets;

  check(
    9,
    'what no secret signed: 401; what was signed long ago: 503; nothing kept or in the log',
    async () => {
      const harness = harnessNow();
      const [post = { headers: {}, body: {} }] = harness.posts;
      const wrong = Object.fromEntries(Object.keys(harness.settings).map((key) => [key, 'another']));
      const late: ChangePost = (request) => {
        harness.clock.advance(25 * 3_600_000);
        return request;
      };
      const isTimed = receive?.verify.kind === 'hmac' && receive.verify.timestamp !== undefined;
      const answers = [
        await harness.post(post, without),
        await harness.post(post, garbled),
        await harness.post(post, undefined, wrong),
        ...(receive?.verify.kind === 'hmac' ? [await harness.post(post, alteredByte)] : []),
      ];
      const app = webhookEndpoints([connector], () => [
        { webhooks: [{ source, state: 'on', problems: [], values: {} }] } as never,
      ]);
      const isOpen = app[0]?.level === 'anonymous';
      expect(answers.map(({ body, status }) => [status, body])).toEqual(
        answers.map(() => (isOpen ? [401, undefined] : [200, undefined])),
      );
      if (isTimed) expect((await harness.post(post, late)).status).toBe(503);
      expect(harness.spool.text(harness.id) === '').toBe(isOpen);
      expect(stringifyDeep(harness.log.lines as unknown as Json)).not.toContain(longestText(post.body));
    },
  );

  check(11, 'a secret is in no log, error, spool, dead letter or row', async () => {
    const harness = harnessNow();
    const secrets = secretNames.map((name) => harness.settings[name] ?? '');
    await harness.postAll();
    const kept = harness.spool.text(harness.id);
    harness.collector.fail(...Array<object>(4).fill({ status: 500 }));
    const reports = [await harness.deliver()];
    harness.clock.advance(3_600_000);
    reports.push(await harness.deliver());
    const view = await harness.spool.view(harness.id);
    const told = [kept, harness.log.lines, harness.deadLetters.letters, harness.rows(), view, ...reports];
    const written = stringifyDeep(told as unknown as Json);
    expect(harness.rows().length).toBeGreaterThan(0);
    expect(secrets.filter((secret) => secret === '' || written.includes(secret))).toEqual([]);
  });

  check(12, 'each of its secrets is taken, so that one can be replaced, and its use is counted', async () => {
    const harness = harnessNow();
    const [post = { headers: {}, body: {} }] = harness.posts;
    for (const name of secretNames) {
      const signing = { ...harness.settings, [secretNames[0] ?? '']: harness.settings[name] ?? '' };
      const unlike = { ...post, headers: { ...post.headers, 'x-unlike': name } };
      expect(await harness.post(unlike, undefined, signing)).toEqual({ status: 200 });
    }
    await harness.deliver();
    const { counters } = await harness.spool.view(harness.id);
    expect(Object.keys(counters.keys)).toEqual([...secretNames]);
  });

  check(13, 'a challenge is answered, and nothing is kept of it', async () => {
    const harness = harnessNow();
    const asked = readChallenge(folder, source);
    const isAsked = receive?.challenge !== undefined;
    expect(asked !== undefined).toBe(isAsked);
    const before = await harness.post({ headers: {}, body: asked?.body ?? [] });
    const answer = JSON.parse(before.body ?? '{}') as object;
    expect(before.status).toBe(200);
    expect(answer).toMatchObject(asked?.answer ?? {});
    expect(Object.keys(answer)).toEqual(Object.keys(receive?.challenge?.answer ?? {}));
    expect(harness.spool.text(harness.id)).toBe('');
  });
}

function checkUnsigned({ connector, source }: Checked, check: Check, harnessNow: () => WebhookHarness): void {
  const { receive } = connector.sources[source] ?? {};
  if (receive === undefined) return;
  const isSigned = receive.verify.kind === 'hmac';

  check(17, 'what no signature covers decides nothing: no row that is there changes its answer', async () => {
    const harness = harnessNow();
    const recorded = await recordPosts(harness);
    await harness.deliver();
    const before = uniqueRows(harness);
    const answers: number[] = [];
    for (const request of recorded)
      for (const changed of changesOf(harness, request)) {
        answers.push((await harness.post({ headers: {}, body: [] }, () => changed)).status);
        harness.clock.advance(1_000);
      }
    // A repeated body beyond the remembered ones is sent again.
    await harness.forgetBodies();
    await harness.deliver();
    const after = uniqueRows(harness);
    expect([...before].filter(([id, row]) => after.get(id) !== row)).toEqual([]);
    expect(answers.filter((status) => status === 200).length).toBeGreaterThan(recorded.length);
    // A recorded post creates no other event either, because the signature covers the whole body.
    if (isSigned) expect([...after.keys()]).toEqual([...before.keys()]);
  });
}

/** Posts every fixture, and one whose text could be read as a form, and records the posts. */
async function recordPosts(harness: WebhookHarness): Promise<PushRequest[]> {
  const recorded: PushRequest[] = [];
  const record: ChangePost = (request) => {
    recorded.push(request);
    return request;
  };
  const [{ body, headers } = { body: {}, headers: {} }] = harness.posts;
  const forged = `&${harness.source.receive.form ?? 'payload'}=${encodeURIComponent('{"forged":true}')}`;
  const json = { ...headers, 'content-type': 'application/json' };
  await harness.post({ headers: json, body: { ...(body as object), forged } }, record);
  for (const post of harness.posts) await harness.post(post, record);
  return recorded;
}

/** The request with each unsigned part changed, one by one and all together; and with changed bytes of its body. */
function changesOf({ source: { receive } }: WebhookHarness, request: PushRequest): readonly PushRequest[] {
  const changes = [...changesOfHeaders(unsignedHeaders(receive)), ...changesOfBytes(request.body.length)];
  return changes.map((change) => ({
    ...request,
    header: (name) => change.headers?.[name] ?? request.header(name),
    ...(change.query === undefined
      ? {}
      : {
          method: 'PUT',
          query: new URLSearchParams([...request.query, ...Object.entries(change.query)]),
        }),
    body: changedBody(request.body, change),
  }));
}

/** What the view and the function `…Unique` of a pushed table return: the first copy of each event, as JSON. */
function uniqueRows(harness: WebhookHarness): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const row of harness.rows()) {
    const id = JSON.stringify([row['Instance'], row['EventId']]);
    if (!first.has(id)) first.set(id, stringifyDeep(row));
  }
  return first;
}

/** Signed bodies of a vendor that cannot be parsed: a truncated one, and one that is not text. */
const UNREADABLE: readonly Buffer[] = [Buffer.from('{"cut":'), Buffer.from([0xff, 0xfe, 0x00])];

function asRequest({ bytes, headers, query }: SignedPost): PushRequest {
  return {
    method: 'POST',
    header: (name) => headers[name],
    query: new URLSearchParams(query),
    body: new Uint8Array(bytes),
  };
}

function idsOf(rows: unknown): Set<unknown> {
  return new Set((rows as readonly Readonly<Record<string, Json>>[]).map((row) => row['EventId']));
}

const without: ChangePost = (request) => ({
  ...request,
  header: (name) => (name === 'content-type' ? request.header(name) : undefined),
  query: new URLSearchParams(),
});

const garbled: ChangePost = (request) => ({
  ...request,
  header: (name) =>
    name === 'content-type' ? request.header(name) : request.header(name)?.replace(/.$/, '!'),
  query: new URLSearchParams(request.query.toString().replace(/(?<==)[^&]+/g, '$&!')),
});

/** A trailing space: the JSON stays the same, and every signature changes. */
const alteredByte: ChangePost = (request) => ({
  ...request,
  body: new Uint8Array(Buffer.concat([request.body, Buffer.from(' ')])),
});

/** The longest text in a body, which would be visible in the log if the body were logged. */
function longestText(body: Json): string {
  const texts = [...stringifyDeep(body).matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
  return texts.sort((a, b) => b.length - a.length)[0] ?? '';
}
