import { formatId, type SourceId } from '../../shared/contract/checkpoint';
import type { DedupSegments } from '../../shared/contract/run';

/** Segments in memory. As in storage, none can be written twice. */
export interface MemoryDedupSegments extends DedupSegments {
  /** Called before each write; its throw fails the write. */
  beforePut: (name: string) => void;
  /** The names of all stored segments, of every source. */
  names(): string[];
  /** Removes all of them, as an outsider would. */
  lose(): void;
}

/** A store that nobody else sees. */
export function memoryDedupSegments(): MemoryDedupSegments {
  const blobs = new Map<string, Uint8Array>();
  const pathOf = (id: SourceId, name: string): string => `${formatId(id)} ${name}`;
  const seen: MemoryDedupSegments = {
    beforePut: () => undefined,
    names: () => [...blobs.keys()].map((path) => path.slice(path.indexOf(' ') + 1)),
    lose: () => blobs.clear(),
    async put(id, name, hashes) {
      seen.beforePut(name);
      if (blobs.has(pathOf(id, name))) throw new Error(`the segment ${name} is written twice`);
      blobs.set(pathOf(id, name), Uint8Array.from(hashes));
    },
    read: (id, name) => Promise.resolve(blobs.get(pathOf(id, name))),
    async drop(id, prefixes, kept) {
      for (const path of [...blobs.keys()]) {
        const name = path.slice(path.indexOf(' ') + 1);
        const isNamed = prefixes.some((prefix) => path.startsWith(pathOf(id, prefix)));
        if (isNamed && !kept.has(name)) blobs.delete(path);
      }
    },
  };
  return seen;
}
