import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { folders } from '../../connectors/list';
import { type App, createApp } from '../../shared/app';
import { isDataCollector } from '../../shared/values/source-kind';
import { didYouMean } from '../../shared/values/did-you-mean';
import { withCompleteCommands, warn } from '../cli/output';
import { openLocalEnvironment, type LocalEnvironmentOptions } from '../cli/local-environment';
import { findConnector, parseTarget, type Target } from '../cli/target';
import { type SourceId, formatId } from '../../shared/contract/checkpoint';
import type { LoadedConnectors } from '../../shared/contract/connector-folder';
import { type Admin, type Environment, type LogLines, openAdmin, type SpoolStatus } from '../../shared/admin';

/** The options of every operator command. */
export interface AdminCommand {
  readonly data: string;
  readonly connectors?: readonly string[];
  readonly json?: boolean;
  /** Who acts; the user of this system by default. */
  readonly as?: string;
  /** True: skips the confirmation. */
  readonly yes?: boolean;
}

/** The app that an operator command works on. */
export interface Session {
  readonly app: App;
  readonly admin: Admin;
  readonly env: Environment;
}

/** The stored state of a source. */
export type SourceState = NonNullable<Awaited<ReturnType<Admin['readState']>>>;

/** What {@link withAdmin} needs to know before it starts anything. */
interface SessionOptions {
  readonly data: string;
  /** The sources: `connector[/source][@instance]`. */
  readonly target?: string | undefined;
  readonly whereNone?: LocalEnvironmentOptions['whereNone'];
  /** True: the command changes nothing. */
  readonly isReading?: boolean;
}

/**
 * Runs an operator command on the configured storage, or else on the storage of the data folder.
 * @throws Error if neither exists, or, before anything is started, if the target names no source
 */
export async function withAdmin<T>(
  root: string,
  { data, isReading = false, target, whereNone = 'refuse' }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const wanted = target === undefined ? undefined : parseTarget(target);
  const { close, env } = await openLocalEnvironment(root, data, {
    whereNone,
    isReading,
    beforeStart: (loaded) => (wanted === undefined ? undefined : refuseUnknown(wanted, loaded)),
  });
  try {
    const app = createApp({ env, folders: folders(), hostJsonFile: join(root, 'host.json') });
    return await work({ app, admin: openAdmin(app, WARNINGS), env });
  } finally {
    await close();
  }
}

/** Warnings and errors go to standard error. */
export const WARNINGS: LogLines = {
  info: () => undefined,
  warn,
  error: warn,
};

/** Rejects an unknown connector before services start. The state of a removed connector is in storage only. @throws Error */
function refuseUnknown(wanted: Target, loaded: LoadedConnectors): void {
  if (isDataCollector(wanted)) return;
  if (loaded.broken.some(({ folder }) => folder === wanted.connector)) return;
  try {
    findConnector(wanted, loaded);
  } catch (error) {
    const gone = 'The state of a removed source is found only while "npm start" runs.';
    throw new Error(`${(error as Error).message} ${gone}`, { cause: error });
  }
}

/** The sources of a target that are on or have run; all sources without a target. @throws Error if there are none */
export async function idsOf({ app, admin }: Session, target: string | undefined): Promise<SourceId[]> {
  const ids = new Map<string, SourceId>();
  for (const id of [...app.sources(), ...(await admin.known())]) ids.set(formatId(id), id);
  const all = [...ids.values()].sort((a, b) => (formatId(a) < formatId(b) ? -1 : 1));
  if (target === undefined) return all;
  const { connector, instance, source } = parseTarget(target);
  const found = all.filter(
    (id) =>
      id.connector === connector &&
      (source ?? id.source) === id.source &&
      (instance ?? id.instance) === id.instance,
  );
  if (found.length > 0) return found;
  const known = all.map(formatId);
  const meant = didYouMean(target, [...known, ...all.map((id) => id.connector)]);
  throw new Error(`No source ${target} is on or has ever run.${meant} Known: ${known.join(', ') || 'none'}.`);
}

/** The spool status of the pushed sources of a target; of all pushed sources without a target. */
export async function spoolStatusOf({ app }: Session, target: string | undefined): Promise<SpoolStatus[]> {
  const all = (await app.spool()).sort((a, b) => (formatId(a) < formatId(b) ? -1 : 1));
  if (target === undefined) return all;
  const { connector, instance, source } = parseTarget(target);
  return all.filter(
    (one) =>
      one.connector === connector &&
      (source ?? one.source) === one.source &&
      (instance ?? one.instance) === one.instance,
  );
}

/** The only source of a target. @throws Error if it names none or several */
export async function idOf(session: Session, target: string): Promise<SourceId> {
  const ids = await idsOf(session, target);
  const [first] = ids;
  // Without an instance the default one is chosen, if it exists.
  const own = ids.length > 1 ? ids.find((id) => formatId(id) === target) : first;
  if (own !== undefined) return own;
  throw new Error(
    `${target} names ${ids.length} sources: ${ids.map(formatId).join(', ')}. Name one of them.`,
  );
}

/** The name for the audit log. @throws Error if the system has no user name */
export function actor({ as }: AdminCommand): string {
  if (as !== undefined) return as;
  try {
    return userInfo().username;
  } catch {
    throw new Error('The user name of this system is unknown. Add --as <name>.');
  }
}

/** Asks for confirmation. @throws Error if there is no terminal */
export async function isConfirmed(question: string, { yes }: AdminCommand): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY)
    throw new Error(`${question} There is no terminal to confirm on. Add --yes to continue.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(withCompleteCommands(`${question} [y/N] `))).trim());
  } finally {
    lines.close();
  }
}
