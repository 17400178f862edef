import type { Backfills } from '../contract/backfill';
import type { CheckpointStore } from '../contract/checkpoint';
import type { AuditLog, Backups, Leases, DeadLetterStore, Pauses, RunHistory } from '../contract/operator';
import type { Clock, DeadLetters, RunReports, DedupSegments, TriggerQueue } from '../contract/run';
import { createBackfills } from '../storage/state/backfills';
import type { SeenApps } from '../contract/seen-apps';
import type { Spool } from '../contract/spool';
import type { Streams } from '../contract/workspace';
import { createBudgets, type Budgets } from '../rate-limit/run-budget';
import { createBudgetStore } from '../storage/state/budget-store';
import { createCheckpoints } from '../storage/state/checkpoints';
import { createDeadLetters } from '../storage/state/dead-letters';
import { createAuditLog } from '../storage/state/audit-log';
import { createBackups } from '../storage/state/backups';
import { createPauses } from '../storage/state/pauses';
import { createRunHistory } from '../storage/state/run-history';
import { BACKFILL_QUEUE, DELIVER_QUEUE, createTriggerQueue } from '../storage/trigger-queue';
import { createRetention, type DeleteOld } from '../storage/retention';
import { createRunReports } from '../storage/state/run-reports';
import { createSeenApps } from '../storage/state/seen-apps';
import { createDedupSegments } from '../storage/state/dedup-segments';
import { createSpool } from '../storage/spool/spool';
import { openStorage } from '../storage/storage';
import { createStreams } from '../storage/state/stream-columns';
import type { AppSettings } from '../settings/app-settings';

/** All stored state: of runs, and of operators' actions. */
export interface Stores {
  readonly checkpoints: CheckpointStore & Leases;
  readonly deadLetters: DeadLetters & DeadLetterStore;
  /** The dedup index: events that windows delivered and may return again. */
  readonly dedupSegments: DedupSegments;
  readonly reports: RunReports;
  readonly history: RunHistory;
  readonly pauses: Pauses;
  readonly auditLog: AuditLog;
  readonly backups: Backups;
  readonly backfills: Backfills;
  readonly triggerQueue: TriggerQueue;
  /** The trigger queue of backfill workers. */
  readonly workers: TriggerQueue;
  /** Pushed bodies that are not delivered yet. */
  readonly spool: Spool;
  /** The trigger queue of deliveries from the spool. */
  readonly deliveries: TriggerQueue;
  /** The columns that each table's stream accepts, as far as known. */
  readonly streams: Streams;
  /** The rate budgets of the vendors' accounts. */
  readonly budgets: Budgets;
  /** The apps that use this storage. More than one is a mistake. */
  readonly seenApps: SeenApps;
  /** Deletes state that is older than its retention. */
  readonly deleteOld: DeleteOld;
}

/** Opens the storage that `AzureWebJobsStorage` names. Sends no request yet. @throws SettingError if none is named */
export function openStores(settings: AppSettings, clock: Clock): Stores {
  const storage = openStorage(settings.env);
  const deliveries = createTriggerQueue(storage, DELIVER_QUEUE);
  return {
    checkpoints: createCheckpoints(storage),
    deadLetters: createDeadLetters(storage, clock),
    dedupSegments: createDedupSegments(storage),
    reports: createRunReports(storage),
    history: createRunHistory(storage, settings.runHistoryDays),
    pauses: createPauses(storage),
    auditLog: createAuditLog(storage, settings.runHistoryDays),
    backups: createBackups(storage, clock),
    backfills: createBackfills(storage),
    triggerQueue: createTriggerQueue(storage),
    workers: createTriggerQueue(storage, BACKFILL_QUEUE),
    spool: createSpool(storage, { clock, triggerQueue: deliveries, maxBytes: settings.spoolMaxBytes }),
    deliveries,
    streams: createStreams(storage),
    budgets: createBudgets(createBudgetStore(storage, clock), clock),
    seenApps: createSeenApps(storage, clock),
    deleteOld: createRetention(storage, settings, clock),
  };
}
