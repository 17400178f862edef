import { UnavailableError } from '../../shared/contract/errors';
import type { Json } from '../../shared/contract/json';
import type { PushRequest } from '../../shared/contract/push';
import { parseJson, stringifyDeep } from '../../shared/values/json/json';
import { webhookEndpoints } from '../../shared/run/webhook-endpoints';
import { readChallenge } from '../../local/vendor/posts/posts';
import { signPost, type SignedPost } from '../../local/vendor/posts/sign';
import { changedBody, changesOfBytes, changesOfHeaders, unsignedHeaders } from '../fakes/unsigned-changes';
import { goldenRows, HOSTILE, type Check, type Checked } from './connector-rig';
import { startReceiverRig, type ChangePost, type ReceiverRig } from './receiver-rig';
import { settingsOf } from '../../shared/kit/receive-problems';

/** The checks of a source that is posted to: what arrives, whatever the sink and the senders do, and what never leaves. */
export function checkReceiver(checked: Checked, check: Check, rigNow: () => ReceiverRig): void {
  checkArrival(checked, check, rigNow);
  checkSenders(checked, check, rigNow);
  checkUnsigned(checked, check, rigNow);
}

function checkArrival({ connector, folder, source }: Checked, check: Check, rigNow: () => ReceiverRig): void {
  const golden = (): unknown => goldenRows(folder, source);

  check(3, 'the posted fixtures give the golden rows', async () => {
    const rig = rigNow();
    const answers = await rig.postAll();
    expect(answers).toEqual(rig.posts.map(() => ({ status: 200 })));
    expect(answers.length).toBeGreaterThan(0);
    expect((await rig.deliver()).report).toMatchObject({ outcome: 'caught-up', pending: 0 });
    expect(rig.rows()).toEqual(golden());
  });

  check(4, 'the sink fails at each batch in turn: the next delivery misses no row', async () => {
    await rigNow().postAll();
    await rigNow().deliver();
    for (let batch = 0; batch < rigNow().collector.requests.length; batch++) {
      const rig = await startReceiverRig(folder, connector, source);
      await rig.postAll();
      rig.collector.fail(...Array<object>(batch).fill({}), ...Array<object>(4).fill({ status: 500 }));
      const failed = await rig.deliver();
      rig.clock.advance(3_600_000);
      const after = await rig.deliver();
      expect([failed.report?.outcome, after.report?.outcome]).toEqual(['failed', 'caught-up']);
      expect(new Set(rig.rows().map((row) => row['EventId']))).toEqual(idsOf(golden()));
      await rig.close();
    }
  });

  check(6, 'a second delivery brings no row', async () => {
    const rig = rigNow();
    await rig.postAll();
    await rig.deliver();
    expect((await rig.deliver()).report).toMatchObject({ outcome: 'caught-up', fetched: 0 });
    expect(rig.rows()).toEqual(golden());
  });

  check(8, 'storage that is not there: 503 with Retry-After, so that the vendor keeps the post', async () => {
    const rig = rigNow();
    rig.spool.beforePut = () => {
      throw new UnavailableError('storing: storage is not there.', { retryAfterMs: 7_000 });
    };
    const answers = await rig.postAll();
    expect(answers.map(({ headers, status }) => [status, headers?.['retry-after']])).toEqual(
      rig.posts.map(() => [503, '7']),
    );
  });

  check(10, 'hostile records and bodies: a row each, or a dead letter, and nothing throws', async () => {
    const rig = rigNow();
    const headers = { ...rig.posts[0]?.headers, 'content-type': 'application/json' };
    const statuses: number[] = [];
    for (const text of HOSTILE) statuses.push((await rig.post({ headers, body: parseJson(text) })).status);
    for (const bytes of UNREADABLE) {
      const signed = signPost(rig.source.receive, rig.settings, { headers, bytes }, rig.clock.now());
      statuses.push((await rig.post({ headers, body: [] }, () => asRequest(signed))).status);
    }
    expect((await rig.deliver()).report).toMatchObject({ outcome: 'caught-up', pending: 0 });
    const { ledger } = await rig.spool.view(rig.id);
    expect(statuses).toEqual([...HOSTILE, ...UNREADABLE].map(() => 200));
    const unread = rig.deadLetters.letters.filter(({ detail }) => detail.startsWith('reading the post: '));
    expect(unread.map(({ cause, record }) => [cause, record])).toEqual([
      ['body-set-aside', '{"cut":'],
      ['damaged', '"//4A"'],
    ]);
    expect(ledger.fetched).toBe(ledger.accepted + ledger.deadLettered + ledger.duplicate);
    expect(ledger.deadLettered).toBeGreaterThanOrEqual(4);
    expect(rig.rows().length).toBe(ledger.accepted);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
}

function checkSenders({ connector, folder, source }: Checked, check: Check, rigNow: () => ReceiverRig): void {
  const { receive } = connector.sources[source] ?? {};
  const secretNames = receive === undefined ? [] : settingsOf(receive.verify).secrets;

  check(
    9,
    'what no secret signed: 401; what was signed long ago: 503; nothing kept or in the log',
    async () => {
      const rig = rigNow();
      const [post = { headers: {}, body: {} }] = rig.posts;
      const wrong = Object.fromEntries(Object.keys(rig.settings).map((key) => [key, 'another']));
      const late: ChangePost = (request) => {
        rig.clock.advance(25 * 3_600_000);
        return request;
      };
      const isTimed = receive?.verify.kind === 'hmac' && receive.verify.timestamp !== undefined;
      const answers = [
        await rig.post(post, without),
        await rig.post(post, garbled),
        await rig.post(post, undefined, wrong),
        ...(receive?.verify.kind === 'hmac' ? [await rig.post(post, alteredByte)] : []),
      ];
      const app = webhookEndpoints([connector], () => [
        { webhooks: [{ source, state: 'on', problems: [], values: {} }] } as never,
      ]);
      const isOpen = app[0]?.level === 'anonymous';
      expect(answers.map(({ body, status }) => [status, body])).toEqual(
        answers.map(() => (isOpen ? [401, undefined] : [200, undefined])),
      );
      if (isTimed) expect((await rig.post(post, late)).status).toBe(503);
      expect(rig.spool.text(rig.id) === '').toBe(isOpen);
      expect(stringifyDeep(rig.log.lines as unknown as Json)).not.toContain(longestText(post.body));
    },
  );

  check(11, 'a secret is in no log, error, spool, dead letter or row', async () => {
    const rig = rigNow();
    const secrets = secretNames.map((name) => rig.settings[name] ?? '');
    await rig.postAll();
    const kept = rig.spool.text(rig.id);
    rig.collector.fail(...Array<object>(4).fill({ status: 500 }));
    const reports = [await rig.deliver()];
    rig.clock.advance(3_600_000);
    reports.push(await rig.deliver());
    const view = await rig.spool.view(rig.id);
    const told = [kept, rig.log.lines, rig.deadLetters.letters, rig.rows(), view, ...reports];
    const written = stringifyDeep(told as unknown as Json);
    expect(rig.rows().length).toBeGreaterThan(0);
    expect(secrets.filter((secret) => secret === '' || written.includes(secret))).toEqual([]);
  });

  check(12, 'each of its secrets is taken, so that one can be replaced, and its use is counted', async () => {
    const rig = rigNow();
    const [post = { headers: {}, body: {} }] = rig.posts;
    for (const name of secretNames) {
      const signing = { ...rig.settings, [secretNames[0] ?? '']: rig.settings[name] ?? '' };
      const unlike = { ...post, headers: { ...post.headers, 'x-unlike': name } };
      expect(await rig.post(unlike, undefined, signing)).toEqual({ status: 200 });
    }
    await rig.deliver();
    const { counters } = await rig.spool.view(rig.id);
    expect(Object.keys(counters.keys)).toEqual([...secretNames]);
  });

  check(13, 'a challenge is answered, and nothing is kept of it', async () => {
    const rig = rigNow();
    const asked = readChallenge(folder, source);
    const isAsked = receive?.challenge !== undefined;
    expect(asked !== undefined).toBe(isAsked);
    const before = await rig.post({ headers: {}, body: asked?.body ?? [] });
    const answer = JSON.parse(before.body ?? '{}') as object;
    expect(before.status).toBe(200);
    expect(answer).toMatchObject(asked?.answer ?? {});
    expect(Object.keys(answer)).toEqual(Object.keys(receive?.challenge?.answer ?? {}));
    expect(rig.spool.text(rig.id)).toBe('');
  });
}

function checkUnsigned({ connector, source }: Checked, check: Check, rigNow: () => ReceiverRig): void {
  const { receive } = connector.sources[source] ?? {};
  if (receive === undefined) return;
  const isSigned = receive.verify.kind === 'hmac';

  check(17, 'what no signature covers decides nothing: no row that is there changes its answer', async () => {
    const rig = rigNow();
    const recorded = await recordPosts(rig);
    await rig.deliver();
    const before = uniqueRows(rig);
    const answers: number[] = [];
    for (const request of recorded)
      for (const changed of changesOf(rig, request)) {
        answers.push((await rig.post({ headers: {}, body: [] }, () => changed)).status);
        rig.clock.advance(1_000);
      }
    // Past what is remembered of repeated bodies every one of them is sent.
    await rig.forgetBodies();
    await rig.deliver();
    const after = uniqueRows(rig);
    expect([...before].filter(([id, row]) => after.get(id) !== row)).toEqual([]);
    expect(answers.filter((status) => status === 200).length).toBeGreaterThan(recorded.length);
    // A recorded post brings no other event either: the signature covers the body whole.
    if (isSigned) expect([...after.keys()]).toEqual([...before.keys()]);
  });
}

/** Posts every fixture, and one whose text could be taken for a form, and keeps what was sent. */
async function recordPosts(rig: ReceiverRig): Promise<PushRequest[]> {
  const recorded: PushRequest[] = [];
  const record: ChangePost = (request) => {
    recorded.push(request);
    return request;
  };
  const [{ body, headers } = { body: {}, headers: {} }] = rig.posts;
  const forged = `&${rig.source.receive.form ?? 'payload'}=${encodeURIComponent('{"forged":true}')}`;
  const json = { ...headers, 'content-type': 'application/json' };
  await rig.post({ headers: json, body: { ...(body as object), forged } }, record);
  for (const post of rig.posts) await rig.post(post, record);
  return recorded;
}

/** The request with each thing changed that no signature covers, one by one and all together; and bytes of its body. */
function changesOf({ source: { receive } }: ReceiverRig, request: PushRequest): readonly PushRequest[] {
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
function uniqueRows(rig: ReceiverRig): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const row of rig.rows()) {
    const id = JSON.stringify([row['Instance'], row['EventId']]);
    if (!first.has(id)) first.set(id, stringifyDeep(row));
  }
  return first;
}

/** Signed, these are a vendor's that cannot be read: half of a body, and no text. */
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

/** A blank at the end changes no JSON, and every signature. */
const alteredByte: ChangePost = (request) => ({
  ...request,
  body: new Uint8Array(Buffer.concat([request.body, Buffer.from(' ')])),
});

/** The longest text in a body: what would be seen, were the body logged. */
function longestText(body: Json): string {
  const texts = [...stringifyDeep(body).matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
  return texts.sort((a, b) => b.length - a.length)[0] ?? '';
}
