import { brotliCompressSync, gzipSync } from 'node:zlib';
import { UnavailableError } from '../../shared/contract/errors';
import type { HttpResponse } from '../../shared/contract/http';
import { closeHttpHarnesses, httpHarness, type HttpHarness } from '../fakes/http-harness';
import { statuses } from '../fakes/loopback';

afterEach(closeHttpHarnesses);

const MIB = 1024 * 1024;

function streamed({ http, url }: HttpHarness): Promise<HttpResponse> {
  return http.request({ url, streamed: true });
}

async function textOf({ chunks }: HttpResponse): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks ?? []) all.push(chunk);
  return Buffer.concat(all).toString('utf8');
}

describe('a streamed answer', () => {
  test('arrives with its headers first, and then in chunks', async () => {
    const harness = await httpHarness((response) => {
      response.writeHead(200, { etag: '"a"' });
      response.write('one ');
      setTimeout(() => response.end('two'), 20);
    });
    const answer = await streamed(harness);
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"a"' }, body: new Uint8Array() });
    expect(() => answer.json()).toThrow('has chunks, and no JSON');
    expect(await textOf(answer)).toBe('one two');
  });

  test('is decompressed according to its encoding', async () => {
    const body = gzipSync('text');
    const harness = await httpHarness(
      (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(body),
    );
    expect(await textOf(await streamed(harness))).toBe('text');
  });

  test.each([
    ['gzip', gzipSync('a\n'.repeat(20_000))],
    ['br', brotliCompressSync('a\n'.repeat(20_000))],
  ])(
    'whose %s was cut off is an UnavailableError, even where the answer seems to end',
    async (encoding, body) => {
      const harness = await httpHarness((response) => {
        response.writeHead(200, { 'content-encoding': encoding });
        response.end(body.subarray(0, -9));
      });
      const reading = textOf(await streamed(harness));
      await expect(reading).rejects.toThrow(UnavailableError);
      await expect(reading).rejects.toThrow('the answer ended before it was whole');
    },
  );

  test('is read no faster than it is consumed', async () => {
    let sent = 0;
    const harness = await httpHarness((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (sent < 64 * MIB && response.write(Buffer.alloc(MIB))) sent += MIB;
        if (sent < 64 * MIB) response.once('drain', more);
        else response.end();
        sent += MIB;
      };
      more();
    });
    const { chunks } = await streamed(harness);
    for await (const chunk of chunks ?? []) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(sent).toBeLessThan(32 * MIB);
  });

  test('is retried until the first answer', async () => {
    const harness = await httpHarness(statuses(503, 200));
    expect((await streamed(harness)).status).toBe(200);
    expect(harness.asked).toHaveLength(2);
  });

  test('that is refused is an error with its text', async () => {
    const harness = await httpHarness(
      (response) => void response.writeHead(400).end('{"error":"no such file"}'),
    );
    await expect(streamed(harness)).rejects.toThrow('no such file');
  });

  test('that breaks off is an UnavailableError, not an end', async () => {
    const harness = await httpHarness((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    });
    const reading = textOf(await streamed(harness));
    await expect(reading).rejects.toThrow(UnavailableError);
    await expect(reading).rejects.toThrow('ended before it was whole');
  });

  test('that stalls is an UnavailableError after the time-out of an answer', async () => {
    const harness = await httpHarness((response) => void response.writeHead(200).write('half'), {
      timeoutMs: 50,
    });
    await expect(textOf(await streamed(harness))).rejects.toThrow('nothing more came');
  });

  test('ends with its run', async () => {
    const run = new AbortController();
    const harness = await httpHarness((response) => void response.writeHead(200).write('half'), {
      signal: run.signal,
    });
    const reading = textOf(await streamed(harness));
    run.abort(new Error('the run is over'));
    await expect(reading).rejects.toThrow('the run is over');
  });
});
