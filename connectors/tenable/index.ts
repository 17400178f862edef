import { defineConnector, oneAnswer, rest, secret, text, url } from '../../shared';
import { assets, deletedAssets, terminatedAssets, vulnerabilities } from './tables';

/**
 * What the exports have in common. Each source asks by the time that its filter compares, so that an export has exactly the
 * records of its range: what changes during an export belongs to a later one. Tenable names no bound for the time until a change
 * can be exported. Chunks are kept for 24 hours.
 * @see https://developer.tenable.com/docs/authorization
 * @see https://developer.tenable.com/reference/exports-vulns-download-chunk
 */
const READ = {
  base: 'url',
  method: 'POST',
  auth: {
    kind: 'header',
    header: 'X-ApiKeys',
    prefix: 'accessKey={accessKey};secretKey=',
    setting: 'secretKey',
  },
  records: '$',
  ...oneAnswer(),
  window: { lag: { minMs: 300_000, maxMs: 3_600_000 } },
} as const;

const STATUS = {
  from: 'status',
  ready: ['FINISHED'],
  failed: ['CANCELLED', 'ERROR'],
  chunks: 'chunks_available',
} as const;

/**
 * Version 2, which supersedes version 1 and has web applications too. An order with the filters of a running one replaces it.
 * @see https://developer.tenable.com/reference/export-assets-v2
 * @see https://developer.tenable.com/docs/retrieve-asset-data-from-tenableio
 */
const ASSETS = {
  ...READ,
  path: '/assets/v2/export',
  export: {
    job: 'export_uuid',
    status: { path: '/assets/export/{job}/status', ...STATUS },
    chunk: { path: '/assets/export/{job}/chunks/{chunk}' },
  },
} as const;

const NEEDS =
  'the role Basic or the privilege to export findings and assets, and the permission Can View for all assets';

/**
 * Tenable computes from its load how many requests a user may send, and publishes no number; a 429 says how long to wait. Of each
 * kind, vulnerabilities and assets, ten exports may run at once: here each source has one.
 * @see https://developer.tenable.com/docs/rate-limiting
 * @see https://developer.tenable.com/docs/concurrency-limiting
 */
export default defineConnector({
  name: 'tenable',
  title: 'Tenable Vulnerability Management',
  schedule: '0 */15 * * * *',
  budget: { limits: [], scope: ['url', 'accessKey'] },
  settings: {
    url: url('The address of the API.', { default: 'https://cloud.tenable.com' }),
    // One address serves all accounts: only the access key tells whose findings a checkpoint counts.
    accessKey: text('The access key of a user: My Account, API Keys, Generate.', {
      example: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    }),
    secretKey: secret('The secret key of the same user.'),
  },
  sources: {
    /**
     * By the time at which Tenable stored the state of a finding, which is later than the scan that found it: an export by the time
     * of the scan would miss the results of a long one. Without `state` the fixed ones are left out. A chunk is held whole: it has
     * the findings of 50 assets, the least. A second order of a running export is answered with 409 and the id of the first.
     * @see https://developer.tenable.com/reference/exports-vulns-request-export
     * @see https://developer.tenable.com/changelog/io-vm-exports-vulns-new-time-based-filter-indexed-at
     */
    vulnerabilities: {
      title: 'Vulnerabilities',
      updates: 'in-place',
      needs: NEEDS,
      pull: rest({
        ...READ,
        path: '/vulns/export',
        body: { num_assets: 50, filters: { state: ['OPEN', 'REOPENED', 'FIXED'] } },
        since: { in: 'body', name: 'filters.indexed_at', format: 'epoch-s' },
        export: {
          job: 'export_uuid',
          running: { status: 409, job: 'active_job_id' },
          status: {
            path: '/vulns/export/{job}/status',
            ...STATUS,
            missing: ['chunks_failed', 'chunks_cancelled'],
          },
          chunk: { path: '/vulns/export/{job}/chunks/{chunk}' },
        },
      }),
      table: vulnerabilities,
    },
    /** Hosts and web applications. The filter shows what changed after the time that it names. 1,000 assets a chunk. */
    assets: {
      title: 'Assets',
      updates: 'in-place',
      needs: NEEDS,
      pull: rest({
        ...ASSETS,
        body: { chunk_size: 1000, filters: { types: ['host', 'webapp'] } },
        since: { in: 'body', name: 'filters.updated_at', format: 'epoch-s', exclusive: true },
      }),
      table: assets,
    },
    /** Assets that a user deleted. */
    deletedAssets: {
      title: 'Deleted assets',
      needs: NEEDS,
      pull: rest({
        ...ASSETS,
        body: { chunk_size: 1000, filters: { is_deleted: true, types: ['host', 'webapp'] } },
        since: { in: 'body', name: 'filters.deleted_at', format: 'epoch-s', exclusive: true },
      }),
      table: deletedAssets,
    },
    /** Assets that a cloud platform no longer has. */
    terminatedAssets: {
      title: 'Terminated assets',
      needs: NEEDS,
      pull: rest({
        ...ASSETS,
        body: { chunk_size: 1000, filters: { is_terminated: true, types: ['host', 'webapp'] } },
        since: { in: 'body', name: 'filters.terminated_at', format: 'epoch-s', exclusive: true },
      }),
      table: terminatedAssets,
    },
  },
});
