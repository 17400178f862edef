import { constants, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { queryFile } from './query';
import { MAX_PROCESS_BYTES, type QueryReply, type QueryRequest } from './query-process';

/*
 * The process of queries, one after another. It does not outlive its parent, and ends itself when it takes too much memory: the
 * database counts neither a text that a function makes nor the chunk of rows it is in. Nothing is lost with it.
 */
const LOOK_MS = 20;

process.on('message', (request: QueryRequest) => {
  answer(request).then(
    (json) => reply({ kind: 'done', json, rssBytes: process.memoryUsage.rss() }),
    (error: unknown) =>
      reply({
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
        rssBytes: process.memoryUsage.rss(),
      }),
  );
});
process.once('disconnect', end);
setInterval(() => {
  if (process.memoryUsage.rss() > MAX_PROCESS_BYTES) end();
}, LOOK_MS);
endFirst();
reply({ kind: 'done', json: '', rssBytes: 0 });

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

/** Without ado: the database's threads would be waited for otherwise. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Where the machine itself has no memory left, Linux ends this process and no other. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // No Linux, or not allowed there: it is only a preference.
  }
}
