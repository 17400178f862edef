import { ContractError, SettingError } from '../../../shared/contract/errors';
import type { Http } from '../../../shared/contract/http';
import type { RestSpec } from '../../../shared/contract/rest';
import { pollingLink, type PollingLink } from '../../../shared/kit/rest/polling-link';
import { rest } from '../../../shared/kit/rest/rest';
import {
  lastPosition,
  pullContext,
  readAll,
  readUntilError,
  scriptedHttp,
  type ScriptedAnswer,
} from '../../fakes/scripted-http';

const origin = 'https://vendor.test';

/** A source of one endpoint that polls as declared. */
function polling(link: PollingLink = {}, parts: Partial<RestSpec> = {}) {
  return rest({
    base: 'url',
    path: '/log',
    method: link.send?.in === 'body' ? 'POST' : 'GET',
    records: 'value',
    since: { in: link.send?.in ?? 'query', name: 'since' },
    ...pollingLink(link),
    ...parts,
  });
}

const record = (at: string) => ({ at });

/** Refuses the first request, then returns the answers in order. */
function refusingOnce(error: Error, answers: readonly ScriptedAnswer[]): ReturnType<typeof scriptedHttp> {
  const http = scriptedHttp(origin, [{ body: null }, ...answers]);
  const request: Http['request'] = async (asking) => {
    const answer = await http.request(asking);
    if (http.asked.length === 1) throw error;
    return answer;
  };
  return { asked: http.asked, request };
}
const gone = () => new ContractError('asking vendor.test: 410 Gone.', { status: 410 });

describe('the declaration of a polling link', () => {
  test.each<[string, PollingLink, Partial<RestSpec>]>([
    ['a Link header', {}, { next: { kind: 'link' }, stop: { on: 'empty-page' } }],
    [
      'a link in the body',
      { from: 'next', more: 'has_more' },
      { next: { kind: 'link', from: 'next' }, stop: { on: 'unless', path: 'has_more' } },
    ],
    [
      'two links in the body',
      { from: "$['@odata.nextLink']", last: "$['@odata.deltaLink']" },
      {
        next: { kind: 'link', from: "$['@odata.nextLink']", last: "$['@odata.deltaLink']" },
        stop: { on: 'no-next' },
      },
    ],
    [
      'a token',
      { from: 'cursor', send: { in: 'body', name: 'cursor' }, alone: true },
      {
        next: { kind: 'cursor', from: 'cursor', send: { in: 'body', name: 'cursor' }, alone: true },
        stop: { on: 'empty-page' },
      },
    ],
  ])('%s', (_, link, declared) => {
    expect(pollingLink(link)).toEqual({ ...declared, resume: 'cursor', expired: 'read-again' });
    expect(polling(link).rest).toMatchObject(declared);
  });

  test.each<[string, () => unknown, string]>([
    [
      'a kept link beside another end',
      () => polling({ last: 'delta' }, { stop: { on: 'empty-page' } }),
      'next.last',
    ],
    ['one that resumes by time', () => polling({}, { resume: 'time' }), 'expired'],
    [
      'a relation of a link in the body',
      () => polling({}, { next: { kind: 'link', rel: 'next', from: 'next' } }),
      'rel',
    ],
  ])('%s is refused', (_, declare, member) => {
    expect(declare).toThrow(ContractError);
    expect(declare).toThrow(member);
  });
});

describe('a vendor with separate links for the next page and the next run', () => {
  const graph = polling({ from: "$['@odata.nextLink']", last: "$['@odata.deltaLink']" });
  const nextLink = (token: string) => ({ '@odata.nextLink': `${origin}/log?$skiptoken=${token}` });
  const deltaLink = (token: string) => ({ '@odata.deltaLink': `${origin}/log?$deltatoken=${token}` });

  test('follows the next links, and keeps the last one', async () => {
    const http = scriptedHttp(origin, [
      { body: { value: [record('2026-11-01T01:00:00Z')], ...nextLink('1') } },
      { body: { value: [], ...nextLink('2') } },
      { body: { value: [record('2026-11-01T02:00:00Z')], ...deltaLink('a') } },
    ]);
    const pages = await readAll(graph, pullContext(http));
    expect(pages.flatMap(({ records }) => records)).toHaveLength(2);
    expect(lastPosition(pages)).toEqual({ next: '/log?$deltatoken=a' });
    expect(http.asked.map(({ url }) => url)).toEqual([
      `${origin}/log`,
      `${origin}/log?$skiptoken=1`,
      `${origin}/log?$skiptoken=2`,
    ]);
  });

  test('uses the stored link in the next run, and stores the one after it', async () => {
    const checkpoint = { next: '/log?$deltatoken=a' };
    const http = scriptedHttp(origin, [{ body: { value: [], ...deltaLink('b') } }]);
    const pages = await readAll(graph, pullContext(http, { checkpoint }));
    expect(http.asked.map(({ url }) => url)).toEqual([`${origin}/log?$deltatoken=a`]);
    expect(pages).toEqual([{ records: [], checkpoint: { next: '/log?$deltatoken=b' } }]);
  });

  test('saves nothing where there is no record and the link is the same', async () => {
    const checkpoint = { next: '/log?$deltatoken=a' };
    const http = scriptedHttp(origin, [{ body: { value: [], ...deltaLink('a') } }]);
    expect(await readAll(graph, pullContext(http, { checkpoint }))).toEqual([]);
  });

  test('an answer with neither link is delivered, and fails the run', async () => {
    const http = scriptedHttp(origin, [{ body: { value: [record('2026-11-01T01:00:00Z')] } }]);
    const { pages, error } = await readUntilError(graph, pullContext(http));
    expect(pages).toMatchObject([{ records: [{}], stays: true }]);
    expect(error).toContain('the vendor gave records and no next page');
  });
});

describe('a stored link that the vendor refuses', () => {
  const checkpoint = { next: '/log?after=old' };
  const newest = '2026-11-01T12:00:00.000Z';
  const answer: ScriptedAnswer = {
    body: { value: [record(newest)] },
    headers: { link: '</log?after=new>; rel="next"' },
  };
  const end: ScriptedAnswer = { body: { value: [] }, headers: { link: '</log?after=new>; rel="next"' } };

  test.each<[string, Partial<RestSpec>, string]>([
    ['an hour', {}, '2026-11-01T11:00:00.000Z'],
    ['the longest lag', { window: { lag: { minMs: 0, maxMs: 10 * 60_000 } } }, '2026-11-01T11:50:00.000Z'],
    [
      'no further than the start',
      { window: { lag: { minMs: 0, maxMs: 86_400_000 } } },
      '2026-11-01T00:00:00.000Z',
    ],
  ])('is replaced by a read from the newest event less %s', async (_, parts, since) => {
    const http = refusingOnce(gone(), [answer, end]);
    const pages = await readAll(polling({}, parts), pullContext(http, { checkpoint, newest }));
    expect(http.asked.map(({ url, query }) => [url, query])).toEqual([
      [`${origin}/log?after=old`, undefined],
      [`${origin}/log`, { since }],
      [`${origin}/log?after=new`, undefined],
    ]);
    expect(pages).toMatchObject([
      { records: [{}], checkpoint: { next: '/log?after=new' }, rereads: true, readAgainFrom: since },
    ]);
  });

  test('is replaced by a read from the start where nothing was delivered', async () => {
    const http = refusingOnce(gone(), [end]);
    await readAll(polling(), pullContext(http, { checkpoint }));
    expect(http.asked[1]?.query).toEqual({ since: '2026-11-01T00:00:00.000Z' });
  });

  const refused = async (pull: ReturnType<typeof rest>, error: Error, parts: object = {}) => {
    const http = refusingOnce(error, []);
    const read = await readUntilError(pull, pullContext(http, { checkpoint, newest, ...parts }));
    expect(http.asked).toHaveLength(1);
    return read.error;
  };

  test('fails the run where the vendor no longer keeps what was delivered last, and the error says what is lost', async () => {
    const startFrom = new Date('2026-11-01T13:00:00Z');
    expect(await refused(polling(), gone(), { startFrom })).toContain('410 Gone');
  });

  test('fails the run where the declaration has no expired: read-again', async () => {
    const { expired: _, ...spec } = polling().rest as RestSpec & { readonly expired: 'read-again' };
    expect(await refused(rest(spec), gone())).toContain('410 Gone');
  });

  test('fails the run where the credential is refused, or there is no answer', async () => {
    expect(await refused(polling(), new SettingError('asking vendor.test: 401.'))).toContain('401');
    expect(await refused(polling(), new ContractError('asking vendor.test: no answer.'))).toContain(
      'no answer',
    );
  });

  test('fails a run in which it expires after the first request', async () => {
    const http = scriptedHttp(origin, [answer]);
    const request: Http['request'] = (asking) =>
      http.asked.length === 0 ? http.request(asking) : Promise.reject(gone());
    const { pages, error } = await readUntilError(polling(), pullContext({ request }, { newest }));
    expect(pages).toHaveLength(1);
    expect(error).toContain('410 Gone');
  });
});
