import { readFileSync, writeFileSync } from 'node:fs';
import { formatId, parseJson, prettyJson, type Json, type JsonObject, type SourceId } from '../../shared/app';
import type { Checkpoint } from '../../shared/contract/checkpoint';
import type { ChangedState } from '../../shared/contract/operator';
import { stringifyJson } from '../../shared/kit/json';
import { isObject } from '../../shared/kit/paths';
import { importProblem } from '../../shared/kit/stored-checkpoint';
import { patiently } from '../patiently';
import { EXIT } from '../run';
import { textTable } from '../text-table';
import { actor, atDesk, idOf, idsOf, isAgreed, say, type DeskCommand, type Session } from './session';
import { parseTime } from './time';

/** What is stored of a source, as the desk reads it. */
type SourceState = NonNullable<Awaited<ReturnType<Session['desk']['readState']>>>;
/** How the desk changes a state. */
type StateChange = Parameters<Session['desk']['changeState']>[2];

const FORMAT = 'tributary-state';

/** `tributary state list`: how far each source is. @returns the exit code */
export function listStates(root: string, target: string | undefined, options: DeskCommand): Promise<number> {
  return atDesk(root, options.data, async (session) => {
    const states = await readAll(session, await idsOf(session, target));
    say(options.json === true ? stringifyJson(states as unknown as Json) : textTable(states.map(line)));
    return EXIT.fine;
  });
}

/** `tributary state show`: everything that is stored of one source, also what this version does not know. @returns the exit code */
export function showState(root: string, target: string, options: DeskCommand): Promise<number> {
  return atDesk(root, options.data, async (session) => {
    const id = await idOf(session, target);
    const state = await session.desk.readState(id);
    if (state === undefined) throw new Error(`${formatId(id)} never ran: nothing is stored of it.`);
    say(
      options.json === true ? stringifyJson(state as unknown as Json) : prettyJson(state as unknown as Json),
    );
    return EXIT.fine;
  });
}

/** The options of `tributary state set`. */
export interface SetCommand extends DeskCommand {
  readonly since?: string;
  readonly position?: string;
}

/** `tributary state set`: where a source goes on. @returns the exit code */
export async function setState(root: string, target: string, options: SetCommand): Promise<number> {
  if (options.since === undefined && options.position === undefined)
    throw new Error('Say from when on it reads again with --since, or where it goes on with --position.');
  const position = options.position === undefined ? undefined : parsePosition(options.position);
  // A position says nothing of a time: the state then vouches for nothing before now, unless it is told.
  const since = parseTime(options.since ?? 'now');
  const change = { what: 'state-set', since, ...(position === undefined ? {} : { position }) } as const;
  const goesOn =
    position === undefined ? `reads again from ${since.toISOString()} on` : 'goes on at that position';
  return changeOne(root, target, options, change, goesOn);
}

/** `tributary state reset`: a source begins anew, where its START setting says. @returns the exit code */
export function resetState(root: string, target: string, options: DeskCommand): Promise<number> {
  return changeOne(
    root,
    target,
    options,
    { what: 'state-reset' },
    'begins anew where its START setting says',
  );
}

function parsePosition(text: string): JsonObject {
  try {
    const value = parseJson(text);
    if (isObject(value)) return value;
  } catch {
    // Said below, in words of its own.
  }
  throw new Error('The position is no JSON object. Write it as "tributary state show" does.');
}

function changeOne(
  root: string,
  target: string,
  options: DeskCommand,
  change: StateChange,
  goesOn: string,
): Promise<number> {
  return atDesk(root, options.data, async (session) => {
    const id = await idOf(session, target);
    const by = actor(options);
    const question = `${formatId(id)} ${goesOn}. Events that it reads a second time have the same EventId.`;
    if (!(await isAgreed(`${question} Go on?`, options))) return EXIT.failed;
    const changed = await patiently(() => session.desk.changeState(id, by, change), isBusy);
    if (changed === 'busy') return sayBusy(id);
    say(
      options.json === true
        ? stringifyJson({ ...id, ...changed } as unknown as Json)
        : `${formatId(id)} ${goesOn}. The state before is kept as ${changed.backup}.`,
    );
    return EXIT.fine;
  });
}

/** The options of `tributary state export`. */
export interface ExportCommand extends DeskCommand {
  readonly out?: string;
}

/** `tributary state export`: states as one JSON text, for another storage or another day. @returns the exit code */
export function exportStates(
  root: string,
  target: string | undefined,
  options: ExportCommand,
): Promise<number> {
  return atDesk(root, options.data, async (session) => {
    const states = await readAll(session, await idsOf(session, target));
    const damaged = states.find(({ problem }) => problem !== undefined);
    if (damaged !== undefined) throw new Error(`${damaged.problem ?? ''} It cannot be exported.`);
    const sources = states.map(({ checkpoint, connector, instance, source }) => ({
      connector,
      instance,
      source,
      checkpoint,
    }));
    const text = prettyJson({
      format: FORMAT,
      version: 1,
      exportedAt: new Date().toISOString(),
      sources: sources as unknown as Json,
    });
    if (options.out === undefined) say(text);
    else writeFileSync(options.out, `${text}\n`);
    return EXIT.fine;
  });
}

/** `tributary state import`: puts exported states in the place of what is stored. Checks all of them before it writes the first. @returns the exit code */
export async function importStates(root: string, file: string, options: DeskCommand): Promise<number> {
  const states = readExport(file);
  return atDesk(root, options.data, async (session) => {
    const by = actor(options);
    const names = states.map(({ id }) => formatId(id)).join(', ');
    if (!(await isAgreed(`The states of ${names} are replaced. Go on?`, options))) return EXIT.failed;
    for (const { checkpoint, id } of states) {
      const change = { what: 'state-import', checkpoint } as const;
      const changed = await patiently(() => session.desk.changeState(id, by, change), isBusy);
      if (changed === 'busy') return sayBusy(id);
      if (options.json === true) say(stringifyJson({ ...id, ...changed } as unknown as Json));
      else say(`${formatId(id)} is replaced. The state before is kept as ${changed.backup}.`);
    }
    return EXIT.fine;
  });
}

interface ExportedState {
  readonly id: SourceId;
  readonly checkpoint: Checkpoint;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** @throws Error saying what is wrong, and where */
function readExport(file: string): ExportedState[] {
  const wrong = (what: string): Error =>
    new Error(
      `Reading ${file}: ${what}. Nothing is changed; give a file that "tributary state export" wrote.`,
    );
  let value: Json;
  try {
    value = parseJson(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (!isObject(value) || value['format'] !== FORMAT || value['version'] !== 1)
    throw wrong('it is no exported state of version 1');
  const { sources } = value;
  if (!Array.isArray(sources) || sources.length === 0) throw wrong('it holds no sources');
  return (sources as readonly Json[]).map((one, at) => {
    const { checkpoint, connector, instance, source } = isObject(one) ? one : ({} as JsonObject);
    const names = [connector, instance, source];
    if (!names.every((name) => typeof name === 'string' && NAME.test(name)))
      throw wrong(`source ${at + 1} does not say its connector, instance and source`);
    const id = { connector, instance, source } as unknown as SourceId;
    const problem = importProblem(checkpoint ?? null);
    if (problem !== undefined) throw wrong(`${formatId(id)}: ${problem}`);
    return { id, checkpoint: checkpoint as unknown as Checkpoint };
  });
}

async function readAll({ desk }: Session, ids: readonly SourceId[]): Promise<SourceState[]> {
  const states = await Promise.all(ids.map((id) => desk.readState(id)));
  return states.flatMap((state) => state ?? []);
}

function line({ checkpoint, lease, pause, problem, ...id }: SourceState): Readonly<Record<string, unknown>> {
  const { boundary, ledger, savedAt, unfinished } = checkpoint ?? {};
  return {
    source: formatId(id),
    newest: boundary?.time,
    saved: savedAt,
    fetched: ledger?.fetched,
    accepted: ledger?.accepted,
    'dead letters': ledger?.deadLettered,
    lease: lease.isHeld ? `held, ${lease.lastWriter ?? 'unknown'}` : 'free',
    state:
      problem !== undefined
        ? 'damaged'
        : pause !== undefined
          ? `paused by ${pause.by}`
          : unfinished === true
            ? 'unfinished'
            : 'caught up',
  };
}

const isBusy = (answer: ChangedState | 'busy'): boolean => answer === 'busy';

/** @returns the exit code */
export function sayBusy(id: SourceId): number {
  process.stderr.write(
    `A run holds ${formatId(id)}, and has not let go of it within 75 s. Pause it with "npx tributary pause ${formatId(id)}", wait for the run to end, and try again.\n`,
  );
  return EXIT.busy;
}
