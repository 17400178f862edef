import { settingsOf } from '../../local/vendor/placeholder-settings';
import type { RebuiltConnector } from './rebuild-connector';
import { maskRequest, maskStrings } from './masked-request';
import { playPosts } from './play-posts';
import { recordReport, type TryReport } from './try-source';
import { secretsOf } from '../../shared/values/secrets/secrets';

/**
 * Posts the fixtures of a source to its endpoint and shows the outcome. Stores and sends nothing.
 * @param records how many posts and records are shown
 * @throws Error when the folder has no posts
 */
export async function tryPosts(
  rebuilt: RebuiltConnector,
  source: string,
  records: number,
): Promise<TryReport> {
  const { connector } = rebuilt;
  const posts = await playPosts(rebuilt, source);
  const secrets = secretsOf(Object.values(settingsOf(connector, '')));
  const url = `https://app.example.com/api/push/${connector.name}/${source}`;
  const all = posts.flatMap((post) => post.records);
  const report: TryReport = {
    connector: connector.name,
    instance: 'default',
    source,
    vendor: 'fixtures',
    exchanges: posts.slice(0, records).map(({ answer, body, headers }) => ({
      request: maskRequest({ method: 'POST', url, headers, body }, secrets),
      status: answer.status,
    })),
    records: all.length,
    ...recordReport(all, records),
    next: null,
  };
  return maskStrings(report, secrets.mask);
}
