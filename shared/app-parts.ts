/* What those who run an app from outside need of its parts; `app.ts` is their door. */
export { AZURE_NETWORK } from './io/azure-network';
export { BACKFILL_QUEUE, CONTINUE_QUEUE, DELIVER_QUEUE } from './io/queue';
export { identityVariables, readStorageSettings } from './io/storage-settings';
export { clock as realClock } from './io/clock';
export { LOCAL_TOKEN } from './io/token';
export { asLoadOf, catchStrayErrors, isStrayError, strayError, type StrayFields } from './io/stray-errors';
export type { VendorRules } from './contract/simulator';
export type { Drift } from './flow/drift';
export type { PagePreview, RecordPreview } from './flow/preview';
export { formatRows } from './format-rows';
export { parseJson, prettyJson } from './kit/json';
export { previewPost, type PostPreview } from './preview-post';
export { isSecretName } from './kit/secret-names';
export { previewSource } from './preview-source';
export { loadRules } from './load';
