import type { ChangedState } from '../../shared/contract/operator';
import { isObject } from '../../shared/values/json-path';
import { retryWhileBusy } from '../cli/retry-while-busy';
import { EXIT } from '../cli/run';
import { withCompleteCommands, print, warn } from '../cli/output';
import {
  actor,
  withAdmin,
  idOf,
  idsOf,
  isConfirmed,
  type AdminCommand,
  type Session,
  type SourceState,
  spoolStatusOf,
} from './admin-session';
import { statesText } from './state-text';
import { parseTime } from './parse-time';
import { type SourceId, formatId } from '../../shared/contract/checkpoint';
import type { JsonObject } from '../../shared/contract/json';
import { parseJson, stringifyJson } from '../../shared/values/json/json';

/** Every kind of state change. */
type StateChange = Parameters<Session['admin']['changeState']>[2];

/** `tributary state list`: the progress of each source and the spool counts. @returns the exit code */
export function listStates(root: string, target: string | undefined, options: AdminCommand): Promise<number> {
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const spooled = await spoolStatusOf(session, target);
    // A target may name pushed sources only.
    const ids = await idsOf(session, target).catch(orNone(spooled));
    const states = await readAll(session, ids);
    print(options.json === true ? [...states, ...spooled] : statesText(states, spooled));
    return EXIT.fine;
  });
}

/** `tributary state show`: the whole stored state of one source, with members that this version does not know. @returns the exit code */
export function showState(root: string, target: string, options: AdminCommand): Promise<number> {
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const spooled = await spoolStatusOf(session, target);
    const [pushed, more] = spooled;
    const ids = await idsOf(session, target).catch(orNone(spooled));
    if (pushed !== undefined && more === undefined && ids.length === 0) {
      print(options.json === true ? pushed : stringifyJson(withCompleteCommands(pushed), 2));
      return EXIT.fine;
    }
    const id = await idOf(session, target);
    const state = await session.admin.readState(id);
    if (state === undefined) throw new Error(`${formatId(id)} has never run: nothing is stored for it.`);
    print(options.json === true ? state : stringifyJson(withCompleteCommands(state), 2));
    return EXIT.fine;
  });
}

/** The options of `tributary state set`. */
export interface SetCommand extends AdminCommand {
  readonly since?: string;
  readonly position?: string;
}

/** `tributary state set`: moves a source to a time or a position. @returns the exit code */
export async function setState(root: string, target: string, options: SetCommand): Promise<number> {
  if (options.since === undefined && options.position === undefined)
    throw new Error('Say where it continues, with --since or --position.');
  const position = options.position === undefined ? undefined : parsePosition(options.position);
  // A position has no time: without --since the state covers nothing before now.
  const since = parseTime(options.since ?? 'now');
  if (since > new Date())
    throw new Error(`--since ${since.toISOString()} is in the future: events until then would be skipped.`);
  const change = { what: 'state-set', since, ...(position === undefined ? {} : { position }) } as const;
  const goesOn =
    position === undefined ? `reads again from ${since.toISOString()}` : 'continues at that position';
  return changeOne(root, target, options, change, goesOn);
}

/** `tributary state reset`: starts a source again at its START setting. @returns the exit code */
export function resetState(root: string, target: string, options: AdminCommand): Promise<number> {
  return changeOne(
    root,
    target,
    options,
    { what: 'state-reset' },
    'starts over where its START setting says',
  );
}

/** `tributary state adopt`: binds a state to the account in the current settings. @returns the exit code */
export function adoptState(root: string, target: string, options: AdminCommand): Promise<number> {
  return withAdmin(root, { ...options, target }, async (session) => {
    const id = await idOf(session, target);
    if ((await session.admin.readState(id)) === undefined)
      throw new Error(`${formatId(id)} has never run: there is no state to adopt.`);
    const goesOn = 'continues where it was, with the account that its settings name now';
    return changeStateConfirmed(session, id, options, { what: 'state-adopt' }, goesOn);
  });
}

function parsePosition(text: string): JsonObject {
  try {
    const value = parseJson(text);
    if (isObject(value)) return value;
  } catch {
    // Reported below.
  }
  throw new Error(
    'The position is not a JSON object. Write it as "npx tributary state show <source>" prints it.',
  );
}

function changeOne(
  root: string,
  target: string,
  options: AdminCommand,
  change: StateChange,
  goesOn: string,
): Promise<number> {
  return withAdmin(root, { ...options, target }, async (session) =>
    changeStateConfirmed(session, await idOf(session, target), options, change, goesOn),
  );
}

/** Changes a state after confirmation. @param goesOn what the source does next @returns the exit code */
export async function changeStateConfirmed(
  { admin }: Session,
  id: SourceId,
  options: AdminCommand,
  change: StateChange,
  goesOn: string,
): Promise<number> {
  const by = actor(options);
  const question = `${formatId(id)} ${goesOn}. Events that are read again keep their EventId.`;
  if (!(await isConfirmed(`${question} Continue?`, options))) return EXIT.failed;
  const changed = await retryWhileBusy(() => admin.changeState(id, by, change), isBusy);
  if (changed === 'busy') return sayBusy(id);
  print(
    options.json === true
      ? { ...id, ...changed }
      : `${formatId(id)} ${goesOn}. The previous state is kept as ${changed.backup}.`,
  );
  return EXIT.fine;
}

/** Returns no pulled source if the target names pushed sources only. */
export function orNone(spooled: readonly unknown[]): (error: unknown) => SourceId[] {
  return (error) => {
    if (spooled.length === 0) throw error;
    return [];
  };
}

/** The stored states of those sources that have run. */
export async function readAll({ admin }: Session, ids: readonly SourceId[]): Promise<SourceState[]> {
  const states = await Promise.all(ids.map((id) => admin.readState(id)));
  return states.flatMap((state) => state ?? []);
}

/** True if a run holds the lease. */
export const isBusy = (answer: ChangedState | 'busy'): boolean => answer === 'busy';

/** Reports that a run holds the lease. @returns the exit code */
export function sayBusy(id: SourceId): number {
  warn(
    `A run of ${formatId(id)} is still in progress after 75 s. Pause it with "npx tributary pause ${formatId(id)}", wait for the run to end, and try again.`,
  );
  return EXIT.busy;
}
