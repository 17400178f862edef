/** Settings that every connector has in addition to its own. Each source also has `<SOURCE>_DROP` and `<SOURCE>_LATE_TABLE`. */
export const COMMON_SETTINGS = [
  'SOURCES',
  'START',
  'SCHEDULE',
  'RATE_SHARE',
  'CA',
  'CLIENT_CERTIFICATE',
  'CLIENT_KEY',
];

/** Settings of the sink. Each may be set for all connectors or for one instance. */
export const SINK_SETTINGS = [
  'SINK',
  'LOGS_INGESTION_ENDPOINT',
  'DCR_IMMUTABLE_ID',
  'DCR_STREAMS',
  'WORKSPACE_ID',
  'WORKSPACE_KEY',
  'LOG_ANALYTICS_URI',
  'SINK_CA',
  'SINK_CLIENT_CERTIFICATE',
  'SINK_CLIENT_KEY',
  'AZURE_CLOUD',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
];
