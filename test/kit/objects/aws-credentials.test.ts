import { ContractError, SettingError } from '../../../shared/contract/errors';
import type { HttpRequest, HttpResponse } from '../../../shared/contract/http';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import type { ObjectStore } from '../../../shared/kit/objects/object-store';
import { openS3 } from '../../../shared/kit/objects/s3-sqs';
import { fakeClock, type FakeClock } from '../../fakes/fake-clock';
import { pullContext } from '../../fakes/scripted-http';

const SPEC: ObjectsSpec = {
  store: 's3',
  queue: 'queue',
  keys: { id: 'id', secret: 'secret' },
  role: { arn: 'arn', externalId: 'externalId' },
};
const SETTINGS = {
  queue: 'https://sqs.eu-west-1.amazonaws.com/123456789012/events',
  id: 'AKIAUSER',
  secret: 'user-secret',
  arn: 'arn:aws:iam::123456789012:role/reader',
  externalId: 'x-1',
};
const FILE = { bucket: 'logs', key: 'a', size: 1, etag: undefined, version: undefined, identity: 'a' };

interface Aws {
  readonly store: ObjectStore;
  readonly clock: FakeClock;
  readonly masked: readonly string[];
  readonly asked: readonly HttpRequest[];
  /** The host and the access key of each request. */
  readonly signed: () => readonly string[];
}

/** AWS, whose STS gives keys for an hour. */
async function aws(settings: Partial<typeof SETTINGS> = {}, refusal?: Error): Promise<Aws> {
  const [asked, masked]: [HttpRequest[], string[]] = [[], []];
  const clock = fakeClock('2026-11-02T00:00:00Z');
  const answerOf = ({ url }: HttpRequest): string => {
    if (!url.includes('//sts.')) return url.includes('//sqs.') ? '{}' : 'x';
    const number = asked.filter((each) => each.url.includes('//sts.')).length;
    const end = new Date(clock.now().getTime() + 3_600_000).toISOString();
    return `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${number}</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken><Expiration>${end}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
  };
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      asked.push(request);
      if (refusal !== undefined && request.url.includes('//sts.')) throw refusal;
      const body = Buffer.from(answerOf(request));
      const chunks = (async function* () {
        yield body;
      })();
      return { status: request.url.includes('%2B') ? 404 : 200, headers: {}, body, chunks, json: () => null };
    },
  };
  const context = pullContext(http, {
    settings: { ...SETTINGS, ...settings },
    now: () => clock.now(),
    secret: (value) => {
      masked.push(value);
      return value;
    },
  });
  const keyOf = ({ headers }: HttpRequest): string =>
    /Credential=(\w+)/.exec(String(headers?.['authorization']))?.[1] ?? '';
  return {
    store: await openS3(SPEC, context),
    clock,
    masked,
    asked,
    signed: () => asked.map((each) => `${new URL(each.url).host.split('.')[0]} ${keyOf(each)}`),
  };
}

test('a role is assumed once for the queue and the files, with the external id, and signs what follows', async () => {
  const { asked, masked, signed, store } = await aws();
  await store.receive();
  await store.open(FILE);
  expect(signed()).toEqual(['sts AKIAUSER', 'sqs ASIA1', 's3 ASIA1']);
  expect(Object.fromEntries(new URLSearchParams(asked[0]?.body as string))).toMatchObject({
    Action: 'AssumeRole',
    RoleArn: SETTINGS.arn,
    ExternalId: 'x-1',
    RoleSessionName: 'tributary',
  });
  expect(asked[1]?.headers).toMatchObject({ 'x-amz-security-token': 'role-token' });
  expect(masked).toEqual(['role-secret', 'role-token']);
});

test('it is assumed again before its keys end', async () => {
  const { clock, signed, store } = await aws();
  await store.receive();
  clock.advance(54 * 60_000);
  await store.receive();
  clock.advance(2 * 60_000);
  await store.receive();
  expect(signed()).toEqual(['sts AKIAUSER', 'sqs ASIA1', 'sqs ASIA1', 'sts AKIAUSER', 'sqs ASIA2']);
});

test('without a role the keys sign, and without a key nothing of the environment does', async () => {
  const found = process.env['AWS_ACCESS_KEY_ID'];
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAENVIRONMENT';
  try {
    const [keys, none] = [await aws({ arn: '' }), await aws({ arn: '', id: '', secret: '' })];
    await keys.store.receive();
    await none.store.receive().catch(() => undefined);
    expect(keys.signed()).toEqual(['sqs AKIAUSER']);
    expect(none.signed().join()).not.toContain('AKIAENVIRONMENT');
  } finally {
    if (found === undefined) delete process.env['AWS_ACCESS_KEY_ID'];
    else process.env['AWS_ACCESS_KEY_ID'] = found;
  }
});

test.each([
  ['refused', new SettingError('asking: 403 AccessDenied')],
  ['malformed', new ContractError('asking: 400 ValidationError')],
])('a role that is %s is a wrong setting, and the next call asks again', async (_, refusal) => {
  const { signed, store } = await aws({}, refusal);
  for (let calls = 0; calls < 2; calls++)
    await expect(store.receive()).rejects.toMatchObject({
      name: 'SettingError',
      message: expect.stringMatching(
        /^assuming the role: AWS refuses it\. Check the settings arn and externalId, .*\(asking: \d+ \w+\)$/,
      ),
    });
  expect(signed()).toEqual(['sts AKIAUSER', 'sts AKIAUSER']);
});

test('a key that an event wrote encoded is opened decoded', async () => {
  const { asked, store } = await aws({ arn: '' });
  await store.open({ ...FILE, key: 'a+b', otherKey: 'a b' });
  expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(['/logs/a%2Bb', '/logs/a%20b']);
});

test('the SDK is asked not to warn of the Node versions that its later versions need', async () => {
  await (await aws()).store.receive();
  expect(process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED']).toBe('true');
});
