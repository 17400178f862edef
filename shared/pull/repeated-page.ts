import type { Checkpoint } from '../contract/checkpoint';
import type { Page } from '../contract/connector';
import type { RecordWalk } from '../windows/watermark';
import { canonicalJson } from '../values/json/json';
import { largeMap } from '../values/large-map';
import { openSeen, type SeenParts } from '../windows/dedup-index';

/**
 * What a page showed that left the place as it was: the next run asks for that page again, and what it shows again must
 * not be sent twice. Remembered until the place moves.
 */
export interface ShownAgain {
  /** The walk that knows what was shown. */
  readonly walk: RecordWalk;
  /** Before a page is formatted. @throws UnavailableError when what is remembered cannot be read */
  begin(page: Page): Promise<void>;
  /** Before the page's checkpoint is saved: what it must name. @throws UnavailableError */
  keep(page: Page): Promise<Pick<Checkpoint, 'seen'>>;
  /** After it is saved. Never throws. */
  forget(): Promise<void>;
  unremembered(): number;
}

/** Records of a page have no order in time that matters here: all are remembered under one. */
const AT = '2000-01-01T00:00:00.000Z';
const NEVER = '9999-12-31T23:59:59.999Z';

/** Equal records of one page are told apart by their ordinal on it. @param inner names what is not known here */
export function shownAgain(
  inner: RecordWalk,
  { position, seen: saved }: Pick<Checkpoint, 'position' | 'seen'>,
  parts: Omit<SeenParts, 'spec' | 'saved'>,
): ShownAgain {
  const seen = openSeen({ ...parts, spec: { lag: { minMs: 0, maxMs: 0 } }, saved });
  let isRemembered = saved !== undefined;
  let isOn = isRemembered;
  let met = largeMap<number>();

  /** True for a record that the page showed before; any other is remembered. */
  const isShown = (time: string | undefined, name: string): boolean => {
    if (!isOn) return false;
    const key = `${time ?? ''}\n${name}`;
    const ordinal = met.get(key) ?? 0;
    met.set(key, ordinal + 1);
    const text = `${key}\n${ordinal}`;
    if (seen.has(AT, text)) return true;
    seen.add(AT, text);
    return false;
  };

  return {
    walk: {
      known: (time, id) => (isShown(time, id) ? { id, duplicate: true } : inner.known(time, id)),
      hashed: (time, hash) =>
        isShown(time, hash) ? { id: hash, duplicate: true } : inner.hashed(time, hash),
    },
    async begin({ stays }) {
      met = largeMap();
      isOn = isRemembered || stays === true;
      if (isOn) await seen.load('all', AT);
    },
    async keep({ checkpoint, records, stays }) {
      if (!isOn) return {};
      const isIdle = records.length === 0 && canonicalJson(checkpoint) === canonicalJson(position);
      isRemembered = stays === true || isIdle;
      const index = await seen.keep(isRemembered ? AT : NEVER);
      return isRemembered ? { seen: index } : {};
    },
    forget: () => seen.forget(),
    unremembered: () => seen.unremembered(),
  };
}
