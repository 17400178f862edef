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

/** Everything that is stored: what runs read and write, and what operators do. */
export interface Stores {
  readonly checkpoints: CheckpointStore & Leases;
  readonly deadLetters: DeadLetters & DeadLetterStore;
  /** What windows delivered and may be shown again. */
  readonly dedupSegments: DedupSegments;
  readonly reports: RunReports;
  readonly history: RunHistory;
  readonly pauses: Pauses;
  readonly auditLog: AuditLog;
  readonly backups: Backups;
  readonly backfills: Backfills;
  readonly triggerQueue: TriggerQueue;
  /** Asks for workers of backfills. */
  readonly workers: TriggerQueue;
  /** What was pushed and is not delivered yet. */
  readonly spool: Spool;
  /** Asks for deliveries of what was pushed. */
  readonly deliveries: TriggerQueue;
  /** What each table's stream takes, as far as somebody has said. */
  readonly streams: Streams;
  /** The rate budgets of the vendors' accounts. */
  readonly budgets: Budgets;
  /** The apps that use this storage: one, unless somebody erred. */
  readonly seenApps: SeenApps;
  /** Deletes what has been kept long enough. */
  readonly deleteOld: DeleteOld;
}

/** Opens the storage that `AzureWebJobsStorage` names. Nothing is asked yet. @throws SettingError when none is named */
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
