/* What those who run an app from outside need of its parts; `app.ts` is their door. */
export { AZURE_NETWORK } from './http/azure-network';
export { BACKFILL_QUEUE, CONTINUE_QUEUE, DELIVER_QUEUE } from './storage/queue';
export { identityVariables, readStorageSettings } from './storage/storage-settings';
export { clock as realClock } from './process/clock';
export { LOCAL_TOKEN } from './sink/token';
export {
  asLoadOf,
  catchStrayErrors,
  isStrayError,
  strayError,
  type StrayFields,
} from './process/stray-errors';
export type { Drift } from './rows/drift';
export type { PagePreview, RecordPreview } from './admin/preview';
export { formatRows } from './rows/format-rows';
export { previewPost, type PostPreview } from './admin/preview-post';
export { previewSource } from './admin/preview-source';
export { importProblem } from './storage/state/stored-checkpoint';
export { OVERFLOW } from './tables/table-definition';
