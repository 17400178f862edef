import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type Checkpoint, type SourceId, formatId } from '../../shared/contract/checkpoint';
import { retryWhileBusy } from '../cli/retry-while-busy';
import { EXIT } from '../cli/run';
import { print, printUnchanged } from '../cli/output';
import { actor, withAdmin, idsOf, isConfirmed, type AdminCommand } from './admin-session';
import { isBusy, readAll, sayBusy } from './state';
import type { Json } from '../../shared/contract/json';
import { parseJson, stringifyJson } from '../../shared/values/json/json';
import { importedCheckpoint } from '../../shared/admin';

const FORMAT = 'tributary-state';
const EXPORT = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  sources: z.array(z.custom<Json>()),
});
const NAME = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_-]*$/));
const SOURCE = z.object({
  connector: NAME,
  instance: NAME,
  source: NAME,
  checkpoint: z.optional(z.custom<Json>()),
});

/** The options of `tributary state export`. */
export interface ExportCommand extends AdminCommand {
  readonly out?: string;
}

/** `tributary state export`: writes states as one JSON text. @returns the exit code */
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
    const exportedAt = new Date().toISOString();
    const text = stringifyJson({ format: FORMAT, version: 1, exportedAt, sources }, 2);
    if (options.out === undefined) printUnchanged(text);
    else writeFileSync(options.out, `${text}\n`);
    return EXIT.fine;
  });
}

/** `tributary state import`: replaces stored states with exported ones. Validates all before it writes the first. @returns the exit code */
export async function importStates(root: string, file: string, options: AdminCommand): Promise<number> {
  const states = readExport(file);
  return withAdmin(root, options, async (session) => {
    const by = actor(options);
    const names = states.map(({ id }) => formatId(id)).join(', ');
    if (!(await isConfirmed(`The states of ${names} will be replaced. Continue?`, options)))
      return EXIT.failed;
    for (const { checkpoint, id } of states) {
      const change = { what: 'state-import', checkpoint } as const;
      const changed = await retryWhileBusy(() => session.admin.changeState(id, by, change), isBusy);
      if (changed === 'busy') return sayBusy(id);
      print(
        options.json === true
          ? { ...id, ...changed }
          : `${formatId(id)} is replaced. The previous state is kept as ${changed.backup}.`,
      );
    }
    return EXIT.fine;
  });
}

interface ExportedState {
  readonly id: SourceId;
  readonly checkpoint: Checkpoint;
}

/** @throws Error naming the first problem */
function readExport(file: string): ExportedState[] {
  const wrong = (what: string): Error =>
    new Error(
      `Reading ${file}: ${what}. Nothing has changed. Use a file that "npx tributary state export" wrote.`,
    );
  let value: Json;
  try {
    value = parseJson(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const exported = EXPORT.safeParse(value).data;
  if (exported === undefined) throw wrong('it is not a state export of version 1');
  if (exported.sources.length === 0) throw wrong('it contains no sources');
  return exported.sources.map((one, at) => {
    const named = SOURCE.safeParse(one).data;
    if (named === undefined) throw wrong(`source ${at + 1} does not name its connector, instance and source`);
    const { checkpoint, ...id } = named;
    const imported = importedCheckpoint(checkpoint ?? null);
    if (typeof imported === 'string') throw wrong(`${formatId(id)}: ${imported}`);
    return { id, checkpoint: imported };
  });
}
