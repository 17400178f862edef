import { constants, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { queryFile } from './query';
import { MAX_PROCESS_BYTES } from './limits';
import type { QueryReply, QueryRequest } from './process';

/*
 * A process that answers queries, one after another. It ends with its parent, and ends itself if it uses too much memory: the
 * database counts neither a text that a function makes nor the current chunk of rows. No data is lost by that.
 */
const LOOK_MS = 20;

process.on('message', (request: QueryRequest) => {
  answer(request).then(
    (json) => reply({ kind: 'done', json, heldBytes: heldBytes() }),
    (error: unknown) =>
      reply({
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
        heldBytes: heldBytes(),
      }),
  );
});
process.once('disconnect', end);
setInterval(() => {
  if (process.memoryUsage.rss() > MAX_PROCESS_BYTES) end();
}, LOOK_MS);
endFirst();
reply({ kind: 'done', json: '', heldBytes: 0 });

async function answer(request: QueryRequest): Promise<string> {
  if (request.kind === 'ask') return JSON.stringify(await queryFile(request.databaseFile, request.sql));
  const { databaseFile, folder } = request;
  for (const file of [databaseFile, `${databaseFile}.wal`])
    if (existsSync(file)) copyFileSync(file, join(folder, basename(file)), constants.COPYFILE_FICLONE);
  return '';
}

function reply(message: QueryReply): void {
  if (process.connected) process.send?.(message);
}

/**
 * The memory that counts against this process's limit. On Linux it includes freed memory that was not returned to the system,
 * which the resident size does not show.
 */
function heldBytes(): number {
  const rssBytes = process.memoryUsage.rss();
  try {
    const [, kilobytes] = /^VmData:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Math.max(rssBytes, Number(kilobytes ?? 0) * 1024);
  } catch {
    return rssBytes;
  }
}

/** Ends at once: a normal exit would wait for the database's threads. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** If the machine runs out of memory, Linux ends this process and no other. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // No Linux, or not allowed there: it is only a preference.
  }
}
