import { rest, string, type Http, type HttpRequest, type Page, type PullContext } from '../../shared';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { sealSource } from '../../shared/run/seal-source';
import { pullHarness } from '../fakes/pull-harness';

const KEY = 'very/secretkey123';
const table = {
  name: 'AcmeLog_CL',
  time: 'at',
  eventId: 'id',
  columns: { Headline: string('title') },
} as const;
const settings = { url: 'https://vendor.test', token: KEY };
const record = (id: string) => ({ id, at: '2026-11-21T11:00:00Z', title: 'x' });

test('a next link that repeats the key of its query is stored without the key, and requested with it', async () => {
  const asked: HttpRequest[] = [];
  const http: Http = {
    request(request) {
      asked.push(request);
      const page = asked.length;
      const body = { items: page > 2 ? [] : [record(`q${page}`)] };
      const link = `<https://vendor.test/log?apikey=${encodeURIComponent(KEY)}&page=${page + 1}>; rel="next"`;
      return Promise.resolve({ status: 200, headers: { link }, body: new Uint8Array(), json: () => body });
    },
  };
  const pull = rest({
    base: 'url',
    path: '/log',
    query: { apikey: '{token}' },
    records: '$.items[*]',
    next: { kind: 'link' },
    stop: { on: 'empty-page' },
    resume: 'cursor',
    since: { in: 'query', name: 'since' },
  });
  const harness = pullHarness();
  const secrets = secretsOf([KEY]);
  const source = sealSource({ pull, table }, 'acme/alerts', { token: KEY }, secrets);
  expect(source.pull.rest).toBe(pull.rest);

  expect(await harness.runOver(http, source, { settings, secrets })).toMatchObject({
    outcome: 'caught-up',
    accepted: 2,
  });
  expect((await harness.stored())?.position).toEqual({ next: '/log?apikey={secret:token%}&page=4' });
  await harness.runOver(http, source, { settings, secrets });
  expect(asked[3]?.url).toBe(`https://vendor.test/log?apikey=${encodeURIComponent(KEY)}&page=4`);
});

test.each([
  ['a token that the run obtained', { session: 'obtained-token-1' }, 'checkpoint.session'],
  ['a token within another text', { at: { next: '/log?s=obtained-token-1' } }, 'checkpoint.at.next'],
  ['a token as a name', { 'obtained-token-1': 1 }, 'a member’s name'],
])(
  '%s is not stored: its page is delivered, and the error tells its author',
  async (_, checkpoint, member) => {
    const harness = pullHarness();
    const secrets = secretsOf([]);
    async function* pull({ secret }: PullContext): AsyncGenerator<Page> {
      yield { records: [record('a')], checkpoint: { n: 1 } };
      secret('obtained-token-1');
      yield { records: [record('b')], checkpoint };
    }
    const source = sealSource({ pull, table }, 'acme/alerts', {}, secrets);
    const report = await harness.run(source, { secrets });
    expect(report).toMatchObject({ outcome: 'failed', accepted: 2, error: { name: 'ContractError' } });
    expect(report.error?.message).toContain(`is in its page's ${member}, and is not stored`);
    expect((await harness.stored())?.position).toEqual({ n: 1 });
    expect(JSON.stringify([await harness.stored(), report])).not.toContain('obtained-token-1');
  },
);
