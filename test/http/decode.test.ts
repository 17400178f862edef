import { gzipSync } from 'node:zlib';
import { bodyDecoder } from '../../shared/kit/formats/decode-body';
import { rest } from '../../shared/kit/rest/rest';
import type { RestSpec } from '../../shared/contract/rest';
import { closeHttpHarnesses, httpHarness } from '../fakes/http-harness';
import { pullContext, readUntilError } from '../fakes/scripted-http';

afterEach(closeHttpHarnesses);

/** The answer with this body. */
async function answered(
  body: string | Uint8Array,
  decode = bodyDecoder('ndjson'),
  headers: Record<string, string> = {},
  maxBodyBytes?: number,
): Promise<unknown> {
  const harness = await httpHarness((response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', ...headers }).end(body);
  });
  const { http } = maxBodyBytes === undefined ? harness : { http: harness.door({ maxBodyBytes }) };
  return (await http.request({ url: harness.url, decode })).json();
}

describe('a body in a format other than JSON', () => {
  test('is the array of its records', async () => {
    expect(await answered('{"a":1}\n{"a":2}\n')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await answered('a;b\n1;2\n', bodyDecoder({ csv: { delimiter: ';' } }))).toEqual([
      { a: '1', b: '2' },
    ]);
  });

  test('is decompressed, even with several gzip members', async () => {
    const members = Buffer.concat([gzipSync('{"a":1}\n{"a"'), gzipSync(':2}\n')]);
    expect(await answered(members)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await answered(gzipSync('a\n1\n'), bodyDecoder('csv'))).toEqual([{ a: '1' }]);
  });

  test('is decoded in the charset of its content type', async () => {
    const body = Buffer.from('name\nMüller\n', 'latin1');
    const headers = { 'content-type': 'text/csv; charset=windows-1252' };
    expect(await answered(body, bodyDecoder('csv'), headers)).toEqual([{ name: 'Müller' }]);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['cut off', '{"a":1}\n{"a":', 'its last line is cut off'],
    ['compressed and cut off', gzipSync('{"a":1}\n'.repeat(50)).subarray(0, -12), 'damaged or cut off'],
    ['a page of HTML', '<!doctype html><title>Sign in</title>', 'the answer is a web page'],
    ['text', 'Service busy', 'none of its lines is a JSON object'],
  ])('that is %s is an error, not an empty list', async (_, body, words) => {
    await expect(answered(body)).rejects.toMatchObject({
      name: 'ContractError',
      message: expect.stringContaining(words),
    });
  });

  test('is limited after decompression too', async () => {
    const body = gzipSync('{"a":1}\n'.repeat(100_000));
    await expect(answered(body, bodyDecoder('ndjson'), {}, 100_000)).rejects.toThrow(
      'larger than 100000 bytes',
    );
  });
});

describe('rest() with a format', () => {
  const spec = {
    base: 'url',
    path: '/logs',
    records: '$',
    next: { kind: 'link' },
    stop: { on: 'no-next' },
    resume: 'time',
    since: { in: 'query', name: 'from' },
  } as const satisfies RestSpec;

  async function pulled(format: RestSpec['format'], body: string): ReturnType<typeof readUntilError> {
    const harness = await httpHarness((response) => void response.writeHead(200).end(body));
    const window = {
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
      lane: 'live' as const,
    };
    const context = pullContext(harness.http, { settings: { url: harness.url }, window });
    return readUntilError(rest({ ...spec, ...(format === undefined ? {} : { format }) }), context);
  }

  test('delivers a damaged line as a record of its text', async () => {
    const { error, pages } = await pulled('ndjson', '{"at":"2026-11-01T10:00:00Z"}\n{"at\n');
    expect(error).toBeUndefined();
    expect(pages.flatMap(({ records }) => records)).toEqual([{ at: '2026-11-01T10:00:00Z' }, '{"at']);
  });

  test.each<[string, RestSpec['format'], string, string]>([
    ['an error instead of lines', 'ndjson', '{"error":"no such index"}', 'no such index'],
    ['an error instead of a table', 'csv', '{"error":"no such index"}', 'no array at $'],
    ['a table without the time column', 'csv', 'Internal error', 'no column at'],
  ])('%s is not an empty page', async (_, format, body, words) => {
    expect(await pulled(format, body)).toEqual({ pages: [], error: expect.stringContaining(words) });
  });

  test('a header row alone is an empty page', async () => {
    const { error, pages } = await pulled('csv', 'id,at\n');
    expect(error).toBeUndefined();
    expect(pages.flatMap(({ records }) => records)).toEqual([]);
  });
});
