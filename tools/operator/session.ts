import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { folders } from '../../connectors/list';
import { type App, createApp } from '../../shared/app';
import { isDataCollector } from '../../shared/values/source-kind';
import { didYouMean } from '../../shared/values/nearest';
import { asSuggested, warn } from '../cli/say';
import { openLocalEnvironment, type LocalEnvironmentOptions } from '../cli/local-environment';
import { findConnector, parseTarget, type Target } from '../cli/target';
import { type SourceId, formatId } from '../../shared/contract/checkpoint';
import type { LoadedConnectors } from '../../shared/contract/folder';
import { type Admin, type Environment, type LogLines, openAdmin } from '../../shared/admin';

/** The options that every operator's command has. */
export interface AdminCommand {
  readonly data: string;
  readonly connectors?: readonly string[];
  readonly json?: boolean;
  /** Who acts, where it is not the user of this system. */
  readonly as?: string;
  /** True: does not ask first. */
  readonly yes?: boolean;
}

/** What an operator's command works with. */
export interface Session {
  readonly app: App;
  readonly admin: Admin;
  readonly env: Environment;
}

/** What is stored of a source, as operators read it. */
export type SourceState = NonNullable<Awaited<ReturnType<Admin['readState']>>>;

/** What an operator's command is about, known before anything is started for it. */
interface About {
  readonly data: string;
  /** The words that say which sources. */
  readonly target?: string | undefined;
  readonly whereNone?: LocalEnvironmentOptions['whereNone'];
  /** True: the command changes nothing. */
  readonly isReading?: boolean;
}

/**
 * Runs an operator's command on an app: of the function app whose storage is named, or of the data folder.
 * @throws Error when neither is there, and, before anything is started, when the words name no source
 */
export async function withAdmin<T>(
  root: string,
  { data, isReading = false, target, whereNone = 'refuse' }: About,
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

/** Where an operator's command writes what is wrong. */
export const WARNINGS: LogLines = {
  info: () => undefined,
  warn,
  error: warn,
};

/** What is stored of a connector that is gone is found in storage alone, once that runs. @throws Error */
function refuseUnknown(wanted: Target, loaded: LoadedConnectors): void {
  if (isDataCollector(wanted)) return;
  if (loaded.broken.some(({ folder }) => folder === wanted.connector)) return;
  try {
    findConnector(wanted, loaded);
  } catch (error) {
    const gone = 'What was stored of one that is gone is found while "npm start" runs.';
    throw new Error(`${(error as Error).message} ${gone}`, { cause: error });
  }
}

/** The sources that are on or ever ran and that the words name; all where there are none. @throws Error when there is none */
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
  throw new Error(
    `${target} names no source that is on or ever ran.${meant} Known: ${known.join(', ') || 'none'}.`,
  );
}

/** The one source that the words name. @throws Error when they name none, or several */
export async function idOf(session: Session, target: string): Promise<SourceId> {
  const ids = await idsOf(session, target);
  const [first] = ids;
  // A source without an instance is that of the default one, where there is one.
  const own = ids.length > 1 ? ids.find((id) => formatId(id) === target) : first;
  if (own !== undefined) return own;
  throw new Error(
    `${target} names ${ids.length} sources: ${ids.map(formatId).join(', ')}. Name one of them.`,
  );
}

/** Who acts. */
export function actor({ as }: AdminCommand): string {
  if (as !== undefined) return as;
  try {
    return userInfo().username;
  } catch {
    throw new Error('This system does not say who you are. Say it with --as <name>.');
  }
}

/** Asks before something is changed. @throws Error where nobody can answer */
export async function isConfirmed(question: string, { yes }: AdminCommand): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) throw new Error(`${question} Nobody can be asked here: add --yes to go on.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(asSuggested(`${question} [y/N] `))).trim());
  } finally {
    lines.close();
  }
}
