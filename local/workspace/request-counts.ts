import type { ApiName } from './ingestion-api';

/** What came of the requests of one API to one stream (or Log-Type) that were answered with one status. */
export interface TallyLine {
  readonly api: ApiName;
  readonly stream: string;
  readonly status: number;
  readonly count: number;
  /** Bytes of body as they came over the wire. */
  readonly bytes: number;
  readonly largestBytes: number;
}

/** Counts of every ingestion request since the start. */
export interface Tally {
  add(request: Pick<TallyLine, 'api' | 'stream' | 'status' | 'bytes'>): void;
  lines(): readonly TallyLine[];
}

export function makeTally(): Tally {
  const lines = new Map<string, TallyLine>();
  return {
    add({ api, stream, status, bytes }) {
      const key = JSON.stringify([api, stream, status]);
      const line = lines.get(key) ?? { api, stream, status, count: 0, bytes: 0, largestBytes: 0 };
      lines.set(key, {
        ...line,
        count: line.count + 1,
        bytes: line.bytes + bytes,
        largestBytes: Math.max(line.largestBytes, bytes),
      });
    },
    lines: () => [...lines.values()],
  };
}
