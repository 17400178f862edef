import type { ApiName } from './ingestion-api';

/** The requests to one API and one stream (or Log-Type) that were answered with one status. */
export interface RequestCount {
  readonly api: ApiName;
  readonly stream: string;
  readonly status: number;
  readonly count: number;
  /** Total body bytes, as received. */
  readonly bytes: number;
  readonly largestBytes: number;
}

/** Counts every ingestion request since the start. */
export interface RequestCounts {
  add(request: Pick<RequestCount, 'api' | 'stream' | 'status' | 'bytes'>): void;
  lines(): readonly RequestCount[];
}

export function createRequestCounts(): RequestCounts {
  const lines = new Map<string, RequestCount>();
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
