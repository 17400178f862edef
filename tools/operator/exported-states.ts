import { readFileSync, writeFileSync } from 'node:fs';
import { type Checkpoint, type SourceId, formatId } from '../../shared/contract/checkpoint';
import { isObject } from '../../shared/values/paths';
import { retryWhileBusy } from '../cli/retry-while-busy';
import { EXIT } from '../cli/run';
import { say, sayAsIs } from '../cli/say';
import { actor, withAdmin, idsOf, isConfirmed, type AdminCommand } from './session';
import { isBusy, readAll, sayBusy } from './states';
import type { Json, JsonObject } from '../../shared/contract/json';
import { parseJson, prettyJson } from '../../shared/values/json/json';
import { importedCheckpoint } from '../../shared/admin';

const FORMAT = 'tributary-state';

/** The options of `tributary state export`. */
export interface ExportCommand extends AdminCommand {
  readonly out?: string;
}

/** `tributary state export`: states as one JSON text, for another storage or another day. @returns the exit code */
export function exportStates(
  root: string,
  target: string | undefined,
  options: ExportCommand,
): Promise<number> {
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const states = await readAll(session, await idsOf(session, target));
    const damaged = states.find(({ checkpoint }) => checkpoint === undefined);
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
    if (options.out === undefined) sayAsIs(text);
    else writeFileSync(options.out, `${text}\n`);
    return EXIT.fine;
  });
}

/** `tributary state import`: puts exported states in the place of what is stored. Checks all of them before it writes the first. @returns the exit code */
export async function importStates(root: string, file: string, options: AdminCommand): Promise<number> {
  const states = readExport(file);
  return withAdmin(root, options, async (session) => {
    const by = actor(options);
    const names = states.map(({ id }) => formatId(id)).join(', ');
    if (!(await isConfirmed(`The states of ${names} are replaced. Go on?`, options))) return EXIT.failed;
    for (const { checkpoint, id } of states) {
      const change = { what: 'state-import', checkpoint } as const;
      const changed = await retryWhileBusy(() => session.admin.changeState(id, by, change), isBusy);
      if (changed === 'busy') return sayBusy(id);
      say(
        options.json === true
          ? { ...id, ...changed }
          : `${formatId(id)} is replaced. The state before is kept as ${changed.backup}.`,
      );
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
      `Reading ${file}: ${what}. Nothing is changed; give a file that "npx tributary state export" wrote.`,
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
    const imported = importedCheckpoint(checkpoint ?? null);
    if (typeof imported === 'string') throw wrong(`${formatId(id)}: ${imported}`);
    return { id, checkpoint: imported };
  });
}
