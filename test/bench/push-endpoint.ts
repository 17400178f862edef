import { createApp } from '../../shared/app';
import { signedPosts, type Post } from './push-posts';

/* Posts directly to the app's endpoint, without a function host: measures the acceptance of a post, including storage. */

interface EndpointTask {
  readonly storage: string;
  readonly posts: number;
  readonly atOnce: number;
  readonly workspaceId: string;
  readonly key: string;
  readonly hostJsonFile: string;
}

process.once('message', (task: EndpointTask) => void measure(task));

async function measure({
  atOnce,
  hostJsonFile,
  key,
  posts,
  storage,
  workspaceId,
}: EndpointTask): Promise<void> {
  const env = { AzureWebJobsStorage: storage, PUSH_KEYS: JSON.stringify({ [workspaceId]: [key] }) };
  const app = createApp({ env, folders: [], hostJsonFile });
  const pool = signedPosts(key, workspaceId);
  const lines = {
    info: () => undefined,
    warn: () => undefined,
    error: (line: string) => void process.stderr.write(`${line}\n`),
  };
  const query = new URLSearchParams('api-version=2016-04-01');
  const push = async (count: number): Promise<void> => {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const { body, headers } = pool[next++ % pool.length] as Post;
        const header = (name: string): string => String(headers[name] ?? '');
        const { status } = await app.acceptDataCollector({ method: 'POST', query, header, body }, lines);
        if (status !== 200) throw new Error(`measuring the endpoint: a post was answered ${status}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  };
  await push(Math.ceil(posts / 10));
  const [startedAt, usage] = [performance.now(), process.cpuUsage()];
  await push(posts);
  const ms = performance.now() - startedAt;
  const { system, user } = process.cpuUsage(usage);
  process.send?.({ perSecond: (posts / ms) * 1_000, cpuMsPerPost: (user + system) / 1_000 / posts }, () =>
    process.exit(0),
  );
}
