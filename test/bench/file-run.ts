import { datetime, defineConnector, int, long, oneAnswer, rest, secret, string, url } from '../../shared';
import type { PullSource } from '../../shared/contract/connector';
import { createCheckpoints } from '../../shared/storage/state/checkpoints';
import { createDedupSegments } from '../../shared/storage/state/dedup-segments';
import { openStorage } from '../../shared/storage/storage';
import { pullSource } from './pull';

/* A large file through a declared source, in a process of its own, whose memory is the source's. */

const { sources } = defineConnector({
  name: 'files',
  title: 'Files',
  settings: {
    url: url('The address of the vendor.', { example: 'https://vendor.test' }),
    token: secret('A token.'),
  },
  sources: {
    requests: {
      pull: rest({
        base: 'url',
        path: '/logs/received',
        query: { start: '{since}', end: '{until}' },
        auth: { kind: 'bearer', setting: 'token' },
        format: 'ndjson',
        streamed: true,
        records: '$',
        ...oneAnswer(),
        since: {},
        until: {},
        window: { lag: { minMs: 60_000, maxMs: 60_000 } },
      }),
      table: {
        name: 'FilesRequests_CL',
        time: 'EdgeStartTimestamp',
        eventId: 'RayID',
        columns: {
          StartTime: datetime('EdgeStartTimestamp'),
          ClientIp: string('ClientIP'),
          ClientAsn: long('ClientASN'),
          ClientCountry: string('ClientCountry'),
          Host: string('ClientRequestHost'),
          Method: string('ClientRequestMethod'),
          Uri: string('ClientRequestURI'),
          UserAgent: string('ClientRequestUserAgent'),
          Status: int('EdgeResponseStatus'),
          Bytes: long('EdgeResponseBytes'),
          CacheStatus: string('CacheStatus'),
          SecurityAction: string('SecurityAction'),
          WafScore: int('WAFScore'),
        },
      },
    },
  },
});

interface FileTask {
  readonly vendor: string;
  readonly beganMs: number;
  readonly collector: string;
  readonly storage: string;
}

process.once('message', (task: FileTask) => {
  const storage = openStorage({ AzureWebJobsStorage: task.storage });
  void pullSource(sources['requests'] as PullSource, {
    ...task,
    startFrom: new Date(task.beganMs),
    checkpoints: createCheckpoints(storage),
    segments: createDedupSegments(storage),
  }).then((measured) => {
    const maxRssBytes = process.resourceUsage().maxRSS * 1_024;
    process.send?.({ ...measured, maxRssBytes }, () => process.exit(0));
  });
});
