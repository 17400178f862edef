import { loadCompiled } from './compile-cache';
import { watchInjectionPoints } from './injection-points';
import type {
  PostAnswered,
  TaskDone,
  LogLine,
  Post,
  SleptMessage,
  Task,
  WakeMessage,
} from './child-messages';
import type { App, AppOptions } from '../../shared/app';
import type { SourceId } from '../../shared/contract/checkpoint';
import type { Admin, openAdmin } from '../../shared/admin';

/* The process that is killed: it loads the built app named by its argument, and runs one task after another. */

const injectionPoints = watchInjectionPoints();
const built = loadCompiled<{
  createApp(options: AppOptions): App;
  folders(): AppOptions['folders'];
  /** From the same bundle, because errors are recognised by their class. The previous version has it on the app. */
  openAdmin?: typeof openAdmin;
}>(process.argv[2] ?? '');
const { createApp, folders } = built.exports;

/** After this many tasks most of the code that tasks need has been compiled. */
const WARM_AFTER = 4;
let tasks = 0;

/**
 * Time stands still, so that a case can be repeated. A sleep moves this clock and ends as soon as the harness has moved
 * its own.
 */
const time = { nowMs: 0, sleptMs: 0 };
/** The sleeps that wait for the harness, in order. */
const sleeping: (() => void)[] = [];
const clock: NonNullable<AppOptions['clock']> = {
  now: () => new Date(time.nowMs + time.sleptMs),
  sleep(ms, signal) {
    signal?.throwIfAborted();
    time.sleptMs += ms;
    process.send?.({ sleptMs: time.sleptMs } satisfies SleptMessage);
    return new Promise((resolve) => void sleeping.push(resolve));
  },
  // The test's time limit ends what hangs.
  alarm: () => () => undefined,
  random: () => 0.5,
};

/** The app of the latest settings. They rarely change from one task to the next. */
let known: { readonly key: string; readonly app: App } | undefined;
const lines = { info: say, warn: say, error: say };

function adminOf(app: App): Admin {
  return built.exports.openAdmin?.(app, lines) ?? (app as unknown as AppBefore).desk(lines);
}

/** An app of the previous version. */
interface AppBefore {
  desk(to: typeof lines): Admin;
}

function say(line: string): void {
  process.send?.({ line } satisfies LogLine);
}

function appOf(env: Task['env']): App {
  const key = JSON.stringify(env);
  if (known?.key !== key) {
    const app = createApp({ env, folders: folders(), hostJsonFile: '', clock });
    // As in the app's own entry. The previous version may not have it.
    if (known === undefined) (app as Partial<App>).catchUnhandledErrors?.(lines);
    known = { key, app };
  }
  return known.app;
}

async function push(app: App, { body, headers, name, query, to }: Post): Promise<void> {
  const request = {
    method: 'POST',
    query: new URLSearchParams(query),
    header: (named: string) => headers[named],
    body: Buffer.from(body, 'latin1'),
  };
  const webhook = app.webhooks.find(
    ({ connector, source }) => connector === to?.connector && source === to.source,
  );
  const { status } =
    webhook === undefined
      ? await app.acceptDataCollector(request, lines)
      : await app.acceptWebhook(webhook, request, lines);
  process.send?.({ post: name, status } satisfies PostAnswered);
}

/** Logs everything that an operator can see. */
async function look(app: App, ids: readonly SourceId[]): Promise<void> {
  const admin = adminOf(app);
  const seen: unknown[] = [await app.status(), await app.spool()];
  for await (const { id } of admin.deadLetters(undefined, () => true)) seen.push(id);
  const [from, to] = [new Date(0), clock.now()];
  for (const id of ids)
    seen.push(await admin.readState(id), await admin.backups(id), await admin.explain(id, from, to));
  say(JSON.stringify({ msg: 'looked', seen }));
}

async function invoke({ env, invocation }: Task): Promise<void> {
  const app = appOf(env);
  switch (invocation.kind) {
    case 'timer':
      await app.pullConnector(invocation.connector, lines);
      break;
    case 'message':
      await app.goOn(invocation.message, lines);
      break;
    case 'start-backfill': {
      const { backfills } = adminOf(app);
      const [from, to] = [new Date(invocation.from), new Date(invocation.to)];
      await backfills.start(await backfills.plan(invocation.id, { from, to, by: 'fault tests' }));
      break;
    }
    case 'worker':
      await app.workOn(invocation.message, lines);
      break;
    case 'push':
      for (const posts of invocation.groups) await Promise.all(posts.map((post) => push(app, post)));
      break;
    case 'deliver':
      await app.deliver(invocation.message, lines);
      break;
    case 'sweep':
      await app.sweep(lines);
      break;
    case 'deliver-sweep':
      await app.triggerDeliveries();
      break;
    case 'look':
      await look(app, invocation.ids);
      break;
  }
}

async function work(task: Task): Promise<TaskDone> {
  Object.assign(time, { nowMs: task.nowMs, sleptMs: 0 });
  injectionPoints.begin(task.killAt);
  const result = await invoke(task).then(
    () => ({}),
    (error: unknown) => ({ error: { name: (error as Error).name, message: (error as Error).message } }),
  );
  if (++tasks === WARM_AFTER) built.keep();
  return { id: task.id, ...result, injectionPoints: injectionPoints.count(), sleptMs: time.sleptMs };
}

process.on('message', (message: Task | WakeMessage) => {
  if ('kind' in message) sleeping.shift()?.();
  else void work(message).then((done) => process.send?.(done));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
