/** A setting that belongs to no connector, with its text in the reference. */
export interface CommonSetting {
  readonly name: string;
  readonly help: string;
  readonly default?: string;
  readonly example?: string;
  readonly secret?: true;
}

/** Settings of the app. A test compares the names with those that the code reads. */
export const APP_SETTINGS: readonly CommonSetting[] = [
  {
    name: 'AzureWebJobsStorage',
    help: 'Where checkpoints, dead letters and trigger messages are kept: a connection string.',
    example: 'UseDevelopmentStorage=true',
    secret: true,
  },
  {
    name: 'AzureWebJobsStorage__accountName',
    help: 'In place of a connection string: the storage account, opened with the app’s identity. Its addresses may be given one by one instead, as `AzureWebJobsStorage__blobServiceUri` and `AzureWebJobsStorage__queueServiceUri`.',
    example: 'examplestorage',
  },
  {
    name: 'AzureWebJobsStorage__credential',
    help: 'How storage is opened with an identity: `managedidentity`, or not set. Not set, it is the managed identity on the platform and a developer’s sign-in (`az login`) elsewhere; never the app registration of `AZURE_CLIENT_ID`, which is the sink’s.',
    example: 'managedidentity',
  },
  {
    name: 'AzureWebJobsStorage__clientId',
    help: 'The client id of a user-assigned identity, where storage is opened with one; or of an app registration together with `AzureWebJobsStorage__tenantId` and `AzureWebJobsStorage__clientSecret`.',
    example: '00000000-0000-0000-0000-000000000000',
  },
  {
    name: 'AzureWebJobsStorage__tenantId',
    help: 'The tenant of an app registration that opens storage, where there is no managed identity.',
    example: '00000000-0000-0000-0000-000000000000',
  },
  {
    name: 'AzureWebJobsStorage__clientSecret',
    help: 'The secret of that app registration.',
    secret: true,
  },
  {
    name: 'STORAGE_PREFIX',
    help: 'Begins the name of the container and of the queues: `soc-2` makes `soc-2-tributary`. For apps and slots that share a storage account: 1 to 32 lower-case letters and digits, with single hyphens between them; see [apps that share storage](../operate.md#apps-and-slots-that-share-storage). Where it changes, the app begins without state.',
    default: 'no prefix',
    example: 'soc-2',
  },
  {
    name: 'AzureFunctionsJobHost__functionTimeout',
    help: 'How long one run of a function may take; wins over `functionTimeout` of host.json. A run stops itself after 80 % of it.',
    default: '`functionTimeout` of host.json, else five minutes',
    example: '00:10:00',
  },
  {
    name: 'HTTPS_PROXY',
    help: 'The proxy through which everything outside this machine is reached: vendors, workspace, storage and identity. Without a scheme, http is used. Lower case works too; `ALL_PROXY` stands in for it.',
    example: 'http://user:password@proxy.example.com:8080',
    secret: true,
  },
  {
    name: 'NO_PROXY',
    help: 'What is reached without the proxy, read as curl reads it. Entries by comma or blank: a name covers itself and its subdomains, `10.0.0.0/8` a block of addresses, `*` everything; `example.com:8443` covers that port alone. This machine never needs one.',
    example: 'internal.example.com,10.0.0.0/8',
  },
  {
    name: 'PULL_CONCURRENCY',
    help: 'How many pulls one process runs at once.',
    default: '`8`',
    example: '4',
  },
  {
    name: 'BACKFILL_CONCURRENCY',
    help: 'How many backfill slices one process reads at once, beside its pulls.',
    default: '`8`',
    example: '4',
  },
  {
    name: 'RETENTION_DAYS',
    help: 'How many days dead letters and backups are kept. `sweep` deletes what is older, for good; see [where records rest](../data.md).',
    default: '`30`',
    example: '90',
  },
  {
    name: 'RUN_HISTORY_DAYS',
    help: 'How many days the run history, the audit log and ended backfills are kept, for `tributary explain`. It holds no record.',
    default: '`400`',
    example: '90',
  },
  {
    name: 'PUSH_KEYS',
    help: 'The keys that posts to `/api/logs` are signed with: JSON, workspace id → a list of Base64 texts or of `{"name","key","logTypes"?,"expires"?,"bodySignature"?}`. Several at once, so that one can be replaced. Only a key that names it in `logTypes` writes into the table of a connector; with `"bodySignature":"required"` a key refuses posts that do not sign their body.',
    example: '{"00000000-0000-0000-0000-000000000000":[{"name":"siem-1","key":"…"}]}',
    secret: true,
  },
  {
    name: 'SPOOL_MAX_GB',
    help: 'How much pushed records may take up in storage until they are delivered. Past it a push is answered 503.',
    default: '`20`',
    example: '100',
  },
  {
    name: 'AZURE_CLOUD',
    help: 'Which cloud the workspace is in: `public`, `usgov` or `china`.',
    default: '`public`',
    example: 'usgov',
  },
  {
    name: 'AZURE_CLIENT_ID',
    help: 'The client id of a user-assigned identity, or of an app registration together with the next two.',
    example: '00000000-0000-0000-0000-000000000000',
  },
  {
    name: 'AZURE_TENANT_ID',
    help: 'The tenant of an app registration, where the app has no managed identity.',
    example: '00000000-0000-0000-0000-000000000000',
  },
  { name: 'AZURE_CLIENT_SECRET', help: 'The secret of that app registration.', secret: true },
];

/** Settings of `tributary tables`, which creates what the workspace needs. The app itself reads none of them. */
export const AZURE_SETTINGS: readonly CommonSetting[] = [
  {
    name: 'AZURE_SUBSCRIPTION_ID',
    help: 'The subscription of the workspace.',
    example: '00000000-0000-0000-0000-000000000000',
  },
  {
    name: 'AZURE_RESOURCE_GROUP',
    help: 'The resource group of the workspace; its data collection rules are made there too.',
    example: 'rg-logs',
  },
  { name: 'WORKSPACE_NAME', help: 'The name of the Log Analytics workspace.', example: 'siem' },
  {
    name: 'DCR_NAME',
    help: 'How data collection rules are named that are made: `tributary`, then `tributary-2`.',
    default: '`tributary`',
    example: 'soc-logs',
  },
  {
    name: 'AZURE_RESOURCE_MANAGER_URL',
    help: 'Another Azure Resource Manager than that of the cloud.',
    default: 'that of `AZURE_CLOUD`',
    example: 'https://management.example.com',
  },
];

/** Settings of the sink and its destination. Each may also be set for a single instance of a connector: `ACME__EU__SINK`. */
export const SINK_SETTINGS: readonly CommonSetting[] = [
  {
    name: 'SINK',
    help: 'Which API takes the rows: `logs-ingestion` or `data-collector`.',
    default: '`logs-ingestion`',
    example: 'data-collector',
  },
  {
    name: 'LOGS_INGESTION_ENDPOINT',
    help: 'For `logs-ingestion`: the address of the data collection rule, or of its data collection endpoint.',
    example: 'https://example-abcd.westeurope-1.ingest.monitor.azure.com',
  },
  {
    name: 'DCR_IMMUTABLE_ID',
    help: 'For `logs-ingestion`: the immutable id of the data collection rule.',
    example: 'dcr-00000000000000000000000000000000',
  },
  {
    name: 'DCR_STREAMS',
    help: 'Where one rule is not enough (it takes ten streams): JSON, table → `{"dcr","stream"?,"endpoint"?}`.',
    example: '{"OktaSystemLog_CL":{"dcr":"dcr-1…"}}',
  },
  {
    name: 'WORKSPACE_ID',
    help: 'For `data-collector`: the id of the workspace.',
    example: '00000000-0000-0000-0000-000000000000',
  },
  { name: 'WORKSPACE_KEY', help: 'For `data-collector`: its primary or secondary key.', secret: true },
  {
    name: 'LOG_ANALYTICS_URI',
    help: 'For `data-collector`: its address, where that is not the cloud’s own.',
    default: 'the address that the cloud gives to `WORKSPACE_ID`',
    example: 'https://collector.example.com',
  },
];

/** Settings that every connector has. Their variables begin with the connector's name. */
export const CONNECTOR_SETTINGS: readonly CommonSetting[] = [
  {
    name: '<NAME>_SOURCES',
    help: 'The sources that are on, by comma.',
    default: 'all',
    example: 'auditEvents,itemUsages',
  },
  {
    name: '<NAME>_START',
    help: 'Where a source that never ran begins: `now`, a span back (`90m`, `24h`, `7d`), or a time.',
    default: '`24h`',
    example: '2026-01-31T00:00:00Z',
  },
  {
    name: '<NAME>_<SOURCE>_DROP',
    help: 'Records to drop, as a JSONPath filter over one record; counted as filtered.',
    example: "$[?@.severity == 'DEBUG']",
  },
  {
    name: '<NAME>_<SOURCE>_LATE_TABLE',
    help: 'A table with the same columns that takes the rows whose `IsLate` is true; `DCR_STREAMS` may name its stream.',
    default: 'the source’s own table',
    example: 'AcmeAlertsLate_CL',
  },
  {
    name: '<NAME>_RATE_SHARE',
    help: 'The share of the vendor’s rate limits that it may use, above 0 and at most 1; the rest is left to other tools.',
    default: 'all but what the connector reserves',
    example: '0.5',
  },
  {
    name: '<NAME>_SCHEDULE',
    help: 'When it runs: NCRONTAB with seconds, in UTC, or on an App Service plan a TimeSpan such as 00:05:00.',
    default: 'the connector’s own, else every five minutes',
    example: '0 */10 * * * *',
  },
];
