import type { PullContext, PullSource, RawRecord } from '../../shared/contract/connector';
import type { WindowSpec } from '../../shared/contract/windows';
import { NO_ID_TABLE, SAMPLE_TABLE } from './scripted-source';

/** An event that its vendor shows some time after it happened. */
export interface LateEvent {
  readonly serial: number;
  readonly atMs: number;
  readonly visibleMs: number;
  readonly partition?: string;
}

/** The vendor's behaviour beyond its declaration. */
export interface LateVendorOptions {
  readonly window: WindowSpec;
  readonly nowMs: () => number;
  readonly pageSize?: number;
  readonly withIds?: boolean;
  /** False: a read that stopped in the middle starts again. */
  readonly goesOn?: boolean;
  readonly partitions?: () => readonly string[];
  /** True: a cursor continues in the list as it was when the read began. */
  readonly listsOnce?: boolean;
  /** True: its answers have a `Date`. */
  readonly tellsTime?: boolean;
  /** The time in that header. @default nowMs */
  readonly toldMs?: () => number;
  /** Called with each request; its throw fails it. */
  readonly onAsk?: (context: PullContext) => void;
}

/** Records without an id: those of one time with the same name are equal. */
export function recordOf({ atMs, serial }: LateEvent, withIds: boolean): RawRecord {
  const at = new Date(atMs).toISOString();
  return withIds ? { id: `event-${serial}`, at } : { at, name: `kind ${serial % 2}` };
}

/** A pull in code that is read in windows, over a list that grows during the read. Its cursor is the last event shown. */
export function lateVendor(events: readonly LateEvent[], options: LateVendorOptions): PullSource {
  const {
    window: spec,
    nowMs,
    pageSize = 3,
    withIds = true,
    goesOn = true,
    onAsk,
    partitions,
    listsOnce = false,
    tellsTime = false,
    toldMs = nowMs,
  } = options;
  const falls = spec.order === 'newest-first';
  type Place = Pick<LateEvent, 'atMs' | 'serial'>;
  const order = (a: Place, b: Place): number => (falls ? -1 : 1) * (a.atMs - b.atMs || a.serial - b.serial);
  return {
    table: withIds ? SAMPLE_TABLE : NO_ID_TABLE,
    window: spec,
    ...(partitions === undefined ? {} : { partitions: () => Promise.resolve(partitions()) }),
    async *pull(context) {
      const { window, checkpoint } = context;
      if (window === undefined) throw new Error('there is no window');
      let after = checkpoint as (Place & { readonly listedMs?: number }) | null;
      const listedMs = listsOnce ? (after?.listedMs ?? nowMs()) : Infinity;
      for (;;) {
        onAsk?.(context);
        const shown = events
          .filter(
            ({ atMs, visibleMs }) =>
              visibleMs <= Math.min(nowMs(), listedMs) &&
              atMs >= Date.parse(window.from) &&
              atMs <= Date.parse(window.to),
          )
          .filter(({ partition }) => partition === window.partition)
          .filter((event) => after === null || order(after, event) < 0)
          .sort(order);
        const page = shown.slice(0, pageSize);
        const end = page.at(-1);
        if (end !== undefined)
          after = { atMs: end.atMs, serial: end.serial, ...(listsOnce ? { listedMs } : {}) };
        const isLast = shown.length <= pageSize;
        yield {
          records: page.map((event) => recordOf(event, withIds)),
          checkpoint: goesOn && after !== null ? after : {},
          last: isLast,
          ...(tellsTime ? { vendorNow: new Date(toldMs()).toISOString() } : {}),
        };
        if (isLast) return;
      }
    },
  };
}
