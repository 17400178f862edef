import { loadCompiled } from './compile-cache';
import { watchCrossings } from './injection-points';
import type { Answered, Done, Line, Post, Slept, Task, Wake } from './child-messages';
import type { App, AppOptions } from '../../shared/app';
import type { SourceId } from '../../shared/contract/checkpoint';
import type { Admin, openAdmin } from '../../shared/admin';

/*
 * The process that is killed: a function app as it is built, which does what it is asked one after another. Its
 * argument is the built app.
 */

const crossings = watchCrossings();
const built = loadCompiled<{
  createApp(options: AppOptions): App;
  folders(): AppOptions['folders'];
  /** Of the same bundle, because errors are known by their class. A version before this one has it on the app. */
  openAdmin?: typeof openAdmin;
}>(process.argv[2] ?? '');
const { createApp, folders } = built.exports;

/** Tasks after which most of what a task needs was compiled. */
const WARM_AFTER = 4;
let tasks = 0;

/**
 * Time stands still, so that an attempt can be made again; waits are over as soon as the clocks around the process have
 * moved too, and its own says that they were not.
 */
const time = { nowMs: 0, sleptMs: 0 };
/** Who waits for the clocks around, in order. */
const sleeping: (() => void)[] = [];
const clock: NonNullable<AppOptions['clock']> = {
  now: () => new Date(time.nowMs + time.sleptMs),
  sleep(ms, signal) {
    signal?.throwIfAborted();
    time.sleptMs += ms;
    process.send?.({ sleptMs: time.sleptMs } satisfies Slept);
    return new Promise((resolve) => void sleeping.push(resolve));
  },
  // Its parent ends what hangs.
  alarm: () => () => undefined,
  random: () => 0.5,
};

/** The app of the settings asked for last: those of one app stay the same from one invocation to the next. */
let known: { readonly key: string; readonly app: App } | undefined;
const lines = { info: say, warn: say, error: say };

function adminOf(app: App): Admin {
  return built.exports.openAdmin?.(app, lines) ?? (app as unknown as AppBefore).desk(lines);
}

/** An app of a version before this one. */
interface AppBefore {
  desk(to: typeof lines): Admin;
}

function say(line: string): void {
  process.send?.({ line } satisfies Line);
}

function appOf(env: Task['env']): App {
  const key = JSON.stringify(env);
  if (known?.key !== key) {
    const app = createApp({ env, folders: folders(), hostJsonFile: '', clock });
    // As at the app's own entry. A version before this one may have no such thing.
    if (known === undefined) (app as Partial<App>).catchUnhandledErrors?.(lines);
    known = { key, app };
  }
  return known.app;
}

async function push(app: App, { body, headers, name, query, to }: Post): Promise<void> {
  const request = {
    method: 'POST',
    query: new URLSearchParams(query),
    header: (wanted: string) => headers[wanted],
    body: Buffer.from(body, 'latin1'),
  };
  const receiver = app.receivers.find(
    ({ connector, source }) => connector === to?.connector && source === to.source,
  );
  const { status } =
    receiver === undefined ? await app.pushLogs(request, lines) : await app.receive(receiver, request, lines);
  process.send?.({ post: name, status } satisfies Answered);
}

/** Says what an operator sees, as a line. */
async function look(app: App, ids: readonly SourceId[]): Promise<void> {
  const admin = adminOf(app);
  const seen: unknown[] = [await app.status(), await app.spool()];
  for await (const { id } of admin.letters(undefined, () => true)) seen.push(id);
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
    case 'order': {
      const { backfills } = adminOf(app);
      const [from, to] = [new Date(invocation.from), new Date(invocation.to)];
      await backfills.start(await backfills.plan(invocation.id, { from, to, by: 'the rig' }));
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
      await app.wakeDeliveries();
      break;
    case 'look':
      await look(app, invocation.ids);
      break;
  }
}

async function work(task: Task): Promise<Done> {
  Object.assign(time, { nowMs: task.nowMs, sleptMs: 0 });
  crossings.begin(task.killAt);
  const ended = await invoke(task).then(
    () => ({}),
    (error: unknown) => ({ error: { name: (error as Error).name, message: (error as Error).message } }),
  );
  if (++tasks === WARM_AFTER) built.keep();
  return { id: task.id, ...ended, crossings: crossings.count(), sleptMs: time.sleptMs };
}

process.on('message', (message: Task | Wake) => {
  if ('kind' in message) sleeping.shift()?.();
  else void work(message).then((done) => process.send?.(done));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
