import { Agent, request } from 'node:http';
import { signedPosts, type Post } from './push-posts';

/* Sends posts for a given time, many at once, and reports how many were answered with 200 and how long that took. */

interface LoadTask {
  readonly url: string;
  readonly seconds: number;
  readonly atOnce: number;
  readonly workspaceId: string;
  readonly key: string;
}

process.once('message', (task: LoadTask) => void load(task));

async function load({ atOnce, key, seconds, url, workspaceId }: LoadTask): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const posts = signedPosts(key, workspaceId);
  const times: number[] = [];
  let [next, refused] = [0, 0];
  const work = async (until: number, kept: number[]): Promise<void> => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      const status = await post(url, posts[next++ % posts.length] as Post, agent);
      if (status === 200) kept.push(performance.now() - startedAt);
      else refused++;
    }
  };
  const all = (ms: number, kept: number[]): Promise<unknown> => {
    const until = performance.now() + ms;
    return Promise.all(Array.from({ length: atOnce }, () => work(until, kept)));
  };
  await all(1_000, []);
  const startedAt = performance.now();
  await all(seconds * 1_000, times);
  const ms = performance.now() - startedAt;
  times.sort((a, b) => a - b);
  const share = (of: number): number => times[Math.floor((times.length - 1) * of)] ?? 0;
  agent.destroy();
  process.send?.(
    {
      perSecond: (times.length / ms) * 1_000,
      p50Ms: share(0.5),
      p99Ms: share(0.99),
      posts: times.length,
      refused,
    },
    () => process.exit(0),
  );
}

function post(url: string, { body, headers }: Post, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
