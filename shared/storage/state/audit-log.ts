import type { Json } from '../../contract/json';
import type { AuditEvent, AuditLog } from '../../contract/operator';
import {
  isAnything,
  isText,
  isTime,
  maybe,
  memberProblem,
  objectOf,
  type StoredMembers,
} from '../../values/stored-checks';
import type { Storage } from '../storage';
import { createJsonlLog, isBetween } from './jsonl-log';
import { isPause } from './pauses';

const MEMBERS: StoredMembers<AuditEvent> = {
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

const isAuditEvent = objectOf<AuditEvent>(MEMBERS);

/** Why a value is not an audit event; `undefined` if it is. The pause is checked too: coverage reports read it to know its length. */
function auditEventProblem(value: Json): string | undefined {
  if (!isAuditEvent(value)) return memberProblem(value, MEMBERS);
  return value.what === 'pause' && !isPause(value.after) ? 'its after is not a pause' : undefined;
}

/** The audit log: an append blob for each source and month, `acts/<connector>/<instance>/<source>/<month>.jsonl`. */
export function createAuditLog(storage: Pick<Storage, 'blobs'>, keepDays: number): AuditLog {
  const log = createJsonlLog<AuditEvent>(storage, {
    folder: 'acts',
    what: 'the audit log',
    every: 'month',
    keepDays,
    problemOf: auditEventProblem,
  });
  return {
    add: (event) => log.add(event, new Date(event.at), event),
    async read(id, from, to, damaged) {
      const all = await log.read(id, from, to, damaged);
      return all.filter(({ at }) => isBetween(at, from, to));
    },
  };
}
