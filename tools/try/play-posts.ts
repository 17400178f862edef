import { postRequest } from '../../local/vendor/posts/sign';
import { readPosts } from '../../local/vendor/posts/posts';
import { settingsOf } from '../../local/vendor/placeholder-settings';
import type { RebuiltConnector } from './rebuild-connector';
import type { SourceId } from '../../shared/contract/checkpoint';
import { type LogLines, type PostPreview, previewPost, variableOf } from '../../shared/admin';

/** One posted fixture and its outcome. */
export interface PlayedPost extends PostPreview {
  /** `post-1.json` */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const QUIET: LogLines = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Posts each fixture of a source to its endpoint, signed as by the vendor, at the fixture's time: the same fixtures give
 * the same rows. No network is used.
 * @throws Error when the folder has no posts
 */
export async function playPosts(
  { connector, folder }: RebuiltConnector,
  source: string,
): Promise<PlayedPost[]> {
  const { receive } = connector.sources[source] ?? {};
  const posts = readPosts(folder, source);
  if (receive === undefined || posts.length === 0)
    throw new Error(
      `${connector.name}/${source} has no fixtures. Put what the vendor posts into fixtures/${source}/post-1.json: ` +
        '{ "at": "<when>", "headers": {}, "body": {} }.',
    );
  const settings = settingsOf(connector, '');
  const values = Object.entries(settings).map(([key, value]) => [variableOf(connector.name, key), value]);
  const named = { [variableOf(connector.name, 'sources')]: source };
  const env = { ...(Object.fromEntries(values) as Record<string, string>), ...named };
  const id: SourceId = { connector: connector.name, instance: 'default', source };
  const played: PlayedPost[] = [];
  for (const [index, post] of posts.entries()) {
    const now = new Date(post.at);
    const clock = {
      now: () => now,
      sleep: () => Promise.resolve(),
      alarm: () => () => undefined,
      random: () => 0,
    };
    const request = postRequest(receive, settings, post, now);
    const preview = await previewPost(connector, id, request, { env, clock, lines: QUIET });
    played.push({ ...preview, name: `post-${index + 1}.json`, headers: request.headers, body: request.body });
  }
  return played;
}
