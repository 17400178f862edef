import { formatId, type SourceId } from '../../contract/checkpoint';
import type { Json } from '../../contract/json';
import type {
  AuditEvent,
  AuditLog,
  Backup,
  Backups,
  Pause,
  Pauses,
  RunHistory,
} from '../../contract/operator';
import type { Clock, RunReport } from '../../contract/run';
import {
  isAnything,
  isText,
  isTime,
  maybe,
  memberProblem,
  objectOf,
  type StoredMembers,
} from '../../values/stored-checks';
import { sourcePath } from '../blob-paths';
import { createJsonlLog } from './jsonl-log';
import { reportProblem } from './run-reports';
import { findBlob, putJson, putStored, storageError, storageStatus, type Storage } from '../storage';
import type { StoredForm } from '../stored-form';

/** True for a pause as this framework writes it. */
export const isPause = objectOf<Pause>({ by: isText, since: isTime, reason: maybe(isText) });

const ACT: StoredMembers<AuditEvent> = {
  part: maybe(isText),
  connector: isText,
  instance: isText,
  source: isText,
  id: isText,
  at: isTime,
  by: isText,
  what: isText,
  before: isAnything,
  after: isAnything,
};

const isAuditEvent = objectOf<AuditEvent>(ACT);

/** Why a value is no act; `undefined` where it is one. What a pause says is read again, to know how long it was. */
function actProblem(value: Json): string | undefined {
  if (!isAuditEvent(value)) return memberProblem(value, ACT);
  return value.what === 'pause' && !isPause(value.after) ? 'its after is not a pause' : undefined;
}

/** What operators say of a source: `operators/<connector>/<instance>/<source>.json`. It is there while there is something to say. */
export function createPauses({ blobs }: Pick<Storage, 'blobs'>): Pauses {
  const blobOf = (id: SourceId) => blobs.getBlockBlobClient(`${sourcePath('operators', id)}.json`);
  return {
    async read(id) {
      return (await findBlob(blobOf(id), pauseForm(id)))?.value.paused;
    },
    async put(id, paused) {
      try {
        await putStored(blobs, blobOf(id), pauseForm(id), { version: 1, paused });
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

function pauseForm(id: SourceId): StoredForm<{ readonly version: 1; readonly paused?: Pause }> {
  const name = formatId(id);
  return {
    what: `the pause of ${name}`,
    problemOf: (value) => memberProblem(value, { paused: maybe(isPause) }, 1),
    mend: `Nobody knows whether it is paused, so that it does not run: say it again with "npx tributary pause ${name}" or "npx tributary resume ${name}".`,
  };
}

/** Operators' acts: one append blob a source and month that has any. */
export function createAuditLog(storage: Pick<Storage, 'blobs'>, keepDays: number): AuditLog {
  const log = createJsonlLog<AuditEvent>(storage, {
    folder: 'acts',
    what: 'the acts',
    every: 'month',
    keepDays,
    problemOf: actProblem,
  });
  return {
    add: (act) => log.add(act, new Date(act.at), act),
    async read(id, from, to, damaged) {
      const all = await log.read(id, from, to, damaged);
      return all.filter(({ at }) => isBetween(at, from, to));
    },
  };
}

/** The history of runs: one append blob a source and day. */
export function createRunHistory(storage: Pick<Storage, 'blobs'>, keepDays: number): RunHistory {
  const log = createJsonlLog<RunReport>(storage, {
    folder: 'history',
    what: 'the run history',
    every: 'day',
    keepDays,
    problemOf: reportProblem,
  });
  return {
    add: (report) => log.add(report, new Date(report.startedAt), report),
    async read(id, from, to, damaged) {
      const all = await log.read(id, from, to, damaged);
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
