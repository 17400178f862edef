import { gzipSync } from 'node:zlib';
import type { Page } from '../../../shared/contract/connector';
import { SettingError, UnavailableError } from '../../../shared/contract/errors';
import type { Http, HttpRequest } from '../../../shared/contract/http';
import type { JsonObject } from '../../../shared/contract/json';
import { filePages, type RecordFile } from '../../../shared/kit/formats/file-pages';
import { cutEvery } from '../../fakes/chunks';

const COUNT = 12_000;
const linesOf = (ids: readonly number[]): string =>
  ids.map((id) => `${JSON.stringify({ id, at: '2026-11-02T10:00:00Z' })}\n`).join('');
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);
const LINES = linesOf(upTo(0, COUNT));
const url = 'https://vendor.test/files/a.ndjson?signature=1';

interface Served {
  readonly body: string | Uint8Array;
  readonly etag?: string;
  /** The connection breaks after these bytes. */
  readonly breaksAt?: number;
}

/** A vendor with one file, which arrives in small chunks. */
function vendorOf({ body, breaksAt, etag }: Served): Http & { readonly asked: readonly HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield* cutEvery(Buffer.from(body).subarray(0, breaksAt), 997);
    if (breaksAt !== undefined) throw new UnavailableError('the connection broke');
  };
  return {
    asked,
    request(request) {
      asked.push(request);
      const headers: Record<string, string> = etag === undefined ? {} : { etag };
      const json = (): never => {
        throw new Error('it is streamed');
      };
      return Promise.resolve({ status: 200, headers, body: new Uint8Array(), chunks: chunks(), json });
    },
  };
}

interface Read {
  readonly pages: readonly Page[];
  readonly ids: readonly unknown[];
  readonly error: unknown;
}

async function read(
  served: Served,
  checkpoint: JsonObject | null = null,
  more: Partial<RecordFile> = {},
): Promise<Read> {
  const pages: Page[] = [];
  let error: unknown;
  try {
    const file: RecordFile = { url, format: 'ndjson', ...more };
    for await (const page of filePages({ http: vendorOf(served), checkpoint }, file)) pages.push(page);
  } catch (thrown) {
    error = thrown;
  }
  const ids = pages.flatMap(({ records }) => records.map((record) => (record as { id: number }).id));
  return { pages, ids, error };
}

/** The checkpoint of the first page of a file. */
async function savedIn(served: Served): Promise<{ readonly count: number; readonly checkpoint: JsonObject }> {
  const [page] = (await read(served)).pages;
  return { count: page?.records.length ?? 0, checkpoint: page?.checkpoint ?? {} };
}

describe('filePages', () => {
  test('yields pages, each with its position in the file', async () => {
    const { ids, pages } = await read({ body: LINES, etag: '"1"' }, null, { position: { after: 'x' } });
    expect(ids).toEqual(upTo(0, COUNT));
    expect(pages.length).toBeGreaterThan(2);
    let count = 0;
    for (const { checkpoint, records } of pages) {
      count += records.length;
      expect(checkpoint).toEqual({
        after: 'x',
        file: { name: '/files/a.ndjson', read: count, mark: expect.any(String), etag: '"1"' },
      });
    }
  });

  test('continues after each page without a lost or doubled record', async () => {
    const { pages } = await read({ body: gzipSync(LINES) });
    for (const { checkpoint } of pages) {
      const { read: count } = checkpoint['file'] as { read: number };
      expect((await read({ body: gzipSync(LINES) }, checkpoint)).ids).toEqual(upTo(count, COUNT));
    }
    expect(pages.length).toBeGreaterThan(2);
  });

  test('a page is small where its records are large', async () => {
    const body = upTo(0, 200)
      .map((id) => `${JSON.stringify({ id, text: 'x'.repeat(100_000) })}\n`)
      .join('');
    const { ids, pages } = await read({ body });
    expect(ids).toEqual(upTo(0, 200));
    for (const { records } of pages) expect(records.length).toBeLessThan(50);
  });

  test('a file that is cut off anywhere is an UnavailableError, after the pages before', async () => {
    for (let at = 0; at < LINES.length; at += 40_013) {
      const first = await read({ body: LINES, breaksAt: at });
      expect(first.error).toBeInstanceOf(UnavailableError);
      const last = first.pages.at(-1)?.checkpoint ?? null;
      const second = await read({ body: LINES }, last);
      expect([...first.ids, ...second.ids]).toEqual(upTo(0, COUNT));
    }
  });

  test('compressed data that end too early are an UnavailableError', async () => {
    const packed = gzipSync(LINES);
    const { error } = await read({ body: packed.subarray(0, packed.length - 9) });
    expect(error).toBeInstanceOf(UnavailableError);
  });

  test('another file is read from its beginning', async () => {
    const { checkpoint } = await savedIn({ body: LINES });
    expect((await read({ body: LINES }, checkpoint, { name: 'b' })).ids).toEqual(upTo(0, COUNT));
  });

  test.each<[string, Served]>([
    ['its ETag', { body: LINES, etag: '"2"' }],
    ['another record at the same position', { body: linesOf(upTo(1, COUNT)), etag: '"1"' }],
    ['its length', { body: linesOf(upTo(0, 10)), etag: '"1"' }],
  ])('a file that was replaced is read from its beginning: %s', async (_, served) => {
    const { checkpoint } = await savedIn({ body: LINES, etag: '"1"' });
    expect((await read(served, checkpoint)).ids).toEqual((await read(served)).ids);
  });

  test('a file without an ETag is continued too, and so is one that gets one later', async () => {
    const { checkpoint, count } = await savedIn({ body: LINES });
    expect((await read({ body: LINES, etag: '"1"' }, checkpoint)).ids).toEqual(upTo(count, COUNT));
  });

  test.each([
    [{ read: 1 }],
    [{ read: -1, mark: '0123456789ab' }],
    [{ read: 1.5, mark: '0123456789ab' }],
    ['x'],
  ])('a position that was never written is damaged: %j', async (file) => {
    const { error, pages } = await read({ body: LINES }, { file });
    expect(error).toBeInstanceOf(SettingError);
    expect(pages).toEqual([]);
  });

  test('a damaged line affects only itself', async () => {
    const body = `${linesOf([0])}{"id":\n${linesOf([1])}`;
    expect((await read({ body })).pages[0]?.records).toMatchObject([{ id: 0 }, '{"id":', { id: 1 }]);
  });

  test('a file in another format is reported by name', async () => {
    const { error } = await read({ body: 'Not found' });
    expect(error).toMatchObject({
      name: 'ContractError',
      message: expect.stringContaining(
        'reading the file /files/a.ndjson: none of its lines is a JSON object',
      ),
    });
  });

  test('the last page of a window is marked as last, even for an empty file', async () => {
    const { pages } = await read({ body: LINES }, null, { endsWindow: true });
    expect(pages.map(({ last }) => last === true)).toEqual(pages.map((page) => page === pages.at(-1)));
    const empty = await read({ body: '' }, null, { endsWindow: true });
    expect(empty.pages).toEqual([{ records: [], checkpoint: {}, last: true }]);
  });

  test('a table is read in pages too', async () => {
    const body = `id\n${upTo(0, COUNT).join('\n')}\n`;
    const { ids, pages } = await read({ body }, null, { format: 'csv' });
    expect(ids).toEqual(upTo(0, COUNT).map(String));
    expect(pages.length).toBeGreaterThan(1);
  });
});
