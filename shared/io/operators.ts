import { formatId, type SourceId } from '../contract/checkpoint';
import type { Act, Acts, Backup, Backups, Pause, Pauses, RunHistory } from '../contract/operator';
import type { Clock, RunReport } from '../contract/run';
import { isText, isTime, maybe, memberProblem, objectOf } from '../kit/stored-values';
import { sourcePath } from './blob-paths';
import { createJournal } from './journal';
import { readNumber } from './number-settings';
import type { Environment } from './settings';
import { findBlob, putJson, storageError, storageStatus, type Storage } from './storage';

const isPause = objectOf({ by: isText, since: isTime, reason: maybe(isText) });

/** What operators say of a source: `operators/<connector>/<instance>/<source>.json`. It is there while there is something to say. */
export function createPauses({ blobs }: Pick<Storage, 'blobs'>): Pauses {
  const blobOf = (id: SourceId) => blobs.getBlockBlobClient(`${sourcePath('operators', id)}.json`);
  return {
    async read(id) {
      const name = formatId(id);
      const found = await findBlob<{ readonly paused?: Pause }>(blobOf(id), {
        what: `the pause of ${name}`,
        problemOf: (value) => memberProblem(value, { paused: maybe(isPause) }, 1),
        mend: `Nobody knows whether it is paused, so that it does not run: say it again with "npx tributary pause ${name}" or "npx tributary resume ${name}".`,
      });
      return found?.value.paused;
    },
    async put(id, paused) {
      try {
        await putJson(blobs, blobOf(id), JSON.stringify({ version: 1, paused }));
      } catch (error) {
        throw storageError(`pausing ${formatId(id)}`, error);
      }
    },
    async remove(id) {
      try {
        await blobOf(id).deleteIfExists();
      } catch (error) {
        throw storageError(`resuming ${formatId(id)}`, error);
      }
    },
  };
}

/** Operators' acts: one append blob a source and month that has any. */
export function createActs(storage: Pick<Storage, 'blobs'>, env: Environment): Acts {
  const keepDays = readNumber(env, 'RUN_HISTORY_DAYS');
  const journal = createJournal<Act>(storage, { folder: 'acts', what: 'the acts', every: 'month', keepDays });
  return {
    add: (act) => journal.add(act, new Date(act.at), act),
    async read(id, from, to, damaged) {
      const all = await journal.read(id, from, to, damaged);
      return all.filter(({ at }) => isBetween(at, from, to));
    },
  };
}

/** The history of runs: one append blob a source and day. */
export function createRunHistory(storage: Pick<Storage, 'blobs'>, env: Environment): RunHistory {
  const keepDays = readNumber(env, 'RUN_HISTORY_DAYS');
  const journal = createJournal<RunReport>(storage, {
    folder: 'history',
    what: 'the run history',
    every: 'day',
    keepDays,
  });
  return {
    add: (report) => journal.add(report, new Date(report.startedAt), report),
    async read(id, from, to, damaged) {
      const all = await journal.read(id, from, to, damaged);
      return all
        .filter(({ startedAt }) => isBetween(startedAt, from, to))
        .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
    },
  };
}

function isBetween(at: string, from: Date, to: Date): boolean {
  return at >= from.toISOString() && at <= to.toISOString();
}

/** Copies of checkpoints: `backups/<connector>/<instance>/<source>/<time>.json`; `sweep` removes those older than `RETENTION_DAYS`. */
export function createBackups({ blobs }: Pick<Storage, 'blobs'>, clock: Clock): Backups {
  const folderOf = (id: SourceId): string => `${sourcePath('backups', id)}/`;
  return {
    async put(id, text) {
      const now = clock.now();
      const name = `${folderOf(id)}${now.toISOString().replace(/:/g, '-')}.json`;
      try {
        await putJson(blobs, blobs.getBlockBlobClient(name), text);
        return name;
      } catch (error) {
        throw storageError(`keeping a copy of the state of ${formatId(id)}`, error);
      }
    },
    async list(id) {
      const found: Backup[] = [];
      try {
        for await (const { name } of blobs.listBlobsFlat({ prefix: folderOf(id) })) {
          const text = (await blobs.getBlobClient(name).downloadToBuffer()).toString('utf8');
          const time = name.slice(folderOf(id).length).replace(/\.json$/, '');
          found.push({ name, at: time.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'), text });
        }
      } catch (error) {
        if (storageStatus(error) === 404) return [];
        throw storageError(`reading the copies of the state of ${formatId(id)}`, error);
      }
      return found.reverse();
    },
  };
}
