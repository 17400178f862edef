import { createHash, createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { VendorTools } from '../../shared/contract/simulator';
import { cut } from './feed/reading';

/** The tools for a folder's simulator. @param pageSize how many records a page has; `undefined`: those of one file of fixtures */
export function toolsFor(pageSize: number | undefined): VendorTools {
  return {
    hash: (algorithm, text) => createHash(algorithm).update(text).digest('hex'),
    hmac: (algorithm, key, text) => createHmac(algorithm, key).update(text).digest('hex'),
    gzip: (text) => gzipSync(text),
    page(events, from = 0) {
      // An invalid place means the first one.
      const start = Number.isInteger(from) && from > 0 ? from : 0;
      const records = cut(events.slice(start), pageSize).map(({ record }) => record);
      const next = start + records.length;
      return { records, next: next < events.length ? next : undefined };
    },
  };
}
