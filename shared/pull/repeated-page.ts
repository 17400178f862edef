import type { Checkpoint } from '../contract/checkpoint';
import type { Page } from '../contract/connector';
import type { DedupPass } from '../windows/watermark';
import { canonicalJson } from '../values/json/json';
import { largeMap } from '../values/large-map';
import { openDedupIndex, type DedupIndexOptions } from '../windows/dedup-index';

/**
 * Recognizes the records of a page that did not move the position. The next run reads that page again and must not send
 * them twice. They are indexed until the position moves.
 */
export interface RepeatedPage {
  readonly pass: DedupPass;
  /** Call before a page is formatted. @throws UnavailableError when the dedup index cannot be read */
  beginPage(page: Page): Promise<void>;
  /** Call before the page's checkpoint is saved. @returns the member that the checkpoint must have @throws UnavailableError */
  persist(page: Page): Promise<Pick<Checkpoint, 'seen'>>;
  /** Call after the checkpoint is saved. Never throws. */
  deleteUnreferenced(): Promise<void>;
  unremembered(): number;
}

/** The records of the page are all indexed under one time: their order does not matter here. */
const AT = '2000-01-01T00:00:00.000Z';
const NEVER = '9999-12-31T23:59:59.999Z';

/** The ordinal on the page distinguishes equal records. @param inner checks the records that the page did not show before */
export function deduplicateRepeatedPage(
  inner: DedupPass,
  { position, seen: saved }: Pick<Checkpoint, 'position' | 'seen'>,
  parts: Omit<DedupIndexOptions, 'spec' | 'saved'>,
): RepeatedPage {
  const index = openDedupIndex({ ...parts, spec: { lag: { minMs: 0, maxMs: 0 } }, saved });
  let isRemembered = saved !== undefined;
  let isOn = isRemembered;
  let ordinals = largeMap<number>();

  /** True for a record that the page showed before. Indexes any other. */
  const isShown = (time: string | undefined, name: string): boolean => {
    if (!isOn) return false;
    const key = `${time ?? ''}\n${name}`;
    const ordinal = ordinals.get(key) ?? 0;
    ordinals.set(key, ordinal + 1);
    const text = `${key}\n${ordinal}`;
    if (index.has(AT, text)) return true;
    index.add(AT, text);
    return false;
  };

  return {
    pass: {
      checkId: (time, id) => (isShown(time, id) ? { id, duplicate: true } : inner.checkId(time, id)),
      checkHash: (time, hash) =>
        isShown(time, hash) ? { id: hash, duplicate: true } : inner.checkHash(time, hash),
    },
    async beginPage({ stays }) {
      ordinals = largeMap();
      isOn = isRemembered || stays === true;
      if (isOn) await index.load('all', AT);
    },
    async persist({ checkpoint, records, stays }) {
      if (!isOn) return {};
      const isIdle = records.length === 0 && canonicalJson(checkpoint) === canonicalJson(position);
      isRemembered = stays === true || isIdle;
      const seen = await index.persist(isRemembered ? AT : NEVER);
      return isRemembered ? { seen } : {};
    },
    deleteUnreferenced: () => index.deleteUnreferenced(),
    unremembered: () => index.unremembered(),
  };
}
