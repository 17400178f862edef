import type { StoredDeadLetter } from '../../shared/contract/operator';
import { parseJson, prettyJson, stringifyJson } from '../../shared/values/json/json';
import { unknownNameHint } from '../../shared/values/did-you-mean';
import { createMasker } from '../mask/masker';
import { retryWhileBusy } from '../cli/retry-while-busy';
import { EXIT } from '../cli/run';
import { print, printUnchanged, warn } from '../cli/output';
import { textTable } from '../cli/text-table';
import {
  actor,
  withAdmin,
  idsOf,
  isConfirmed,
  type AdminCommand,
  type Session,
  spoolStatusOf,
} from './admin-session';
import { orNone, sayBusy } from './state';
import { type SourceId, formatId } from '../../shared/contract/checkpoint';
import type { Json } from '../../shared/contract/json';

/** Every cause of a dead letter. */
const CAUSES: Readonly<Record<StoredDeadLetter['cause'], true>> = {
  'not-an-object': true,
  'too-deep': true,
  'too-large': true,
  'not-encodable': true,
  refused: true,
  'page-set-aside': true,
  'body-set-aside': true,
  'record-set-aside': true,
  damaged: true,
  truncated: true,
};

/** The options that select dead letters. */
export interface DeadLettersCommand extends AdminCommand {
  /** Ids, or unique beginnings of ids. */
  readonly id?: readonly string[];
  readonly cause?: string;
  readonly limit?: number;
  /** True: the record unmasked. */
  readonly whole?: boolean;
}

/** `tributary dead-letters list`: dead letters without their records. @returns the exit code */
export function listDeadLetters(
  root: string,
  target: string | undefined,
  options: DeadLettersCommand,
): Promise<number> {
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const found = await collect(session, target, options);
    const shown = found.slice(0, options.limit ?? found.length).map(({ record: _, ...letter }) => letter);
    if (options.json === true) {
      print(shown);
      return EXIT.fine;
    }
    if (found.length === 0) {
      print('No dead letters.');
      return EXIT.fine;
    }
    print(
      textTable(
        shown.map(({ at, cause, detail, id, version, ...source }) => ({
          id,
          kept: at,
          source: formatId(source),
          cause,
          detail,
          version,
        })),
      ),
    );
    if (shown.length < found.length) print(`${found.length - shown.length} more: --limit ${found.length}.`);
    print(
      'See one: "npx tributary dead-letters show <id>". Deliver them: "npx tributary dead-letters replay <source>".',
    );
    return EXIT.fine;
  });
}

/** `tributary dead-letters show`: one dead letter with its record masked. @returns the exit code */
export function showDeadLetter(root: string, id: string, options: DeadLettersCommand): Promise<number> {
  return withAdmin(root, { ...options, isReading: true }, async (session) => {
    const [letter] = await collect(session, undefined, { ...options, id: [id] });
    if (letter === undefined) throw new Error(`There is no dead letter ${id}.`);
    const shown = { ...letter, record: options.whole === true ? readRecord(letter) : masked(letter) };
    printUnchanged(options.json === true ? stringifyJson(shown) : prettyJson(shown));
    if (options.whole !== true && options.json !== true)
      warn('Personal data is replaced by placeholders; --whole shows it.');
    return EXIT.fine;
  });
}

/** `tributary dead-letters replay`: delivers dead letters again, with the current code and settings. @returns the exit code */
export function replayDeadLetters(
  root: string,
  target: string,
  options: DeadLettersCommand,
): Promise<number> {
  return withAdmin(root, { ...options, target }, async (session) => {
    const by = actor(options);
    const groups = bySource(await collect(session, target, options));
    if (groups.length === 0) print(options.json === true ? [] : 'No dead letters.');
    const results = [];
    for (const { id, letters } of groups) {
      const chosen = new Set(letters.map((letter) => letter.id));
      const done = await retryWhileBusy(
        () => session.admin.replay(id, by, (letter) => chosen.has(letter.id)),
        (answer) => answer === 'busy',
      );
      if (done === 'busy') return sayBusy(id);
      results.push({ ...id, ...done });
      const { accepted, filtered, remaining, truncated } = done;
      if (options.json !== true)
        print(
          `${formatId(id)}: ${accepted} accepted, ${filtered} filtered, ${remaining} remain dead letters` +
            (truncated === 0
              ? '.'
              : `; ${truncated} skipped, because their truncated rows are in the table.`),
        );
    }
    if (options.json === true && results.length > 0) print(results);
    return results.some(({ remaining }) => remaining > 0) ? EXIT.failed : EXIT.fine;
  });
}

/** `tributary dead-letters drop`: deletes dead letters for good. @returns the exit code */
export function dropDeadLetters(root: string, target: string, options: DeadLettersCommand): Promise<number> {
  return withAdmin(root, { ...options, target }, async (session) => {
    const by = actor(options);
    const groups = bySource(await collect(session, target, options));
    const count = groups.reduce((sum, { letters }) => sum + letters.length, 0);
    if (count === 0) {
      print(options.json === true ? [] : 'No dead letters.');
      return EXIT.fine;
    }
    const names = groups.map(({ id }) => formatId(id)).join(', ');
    if (!(await isConfirmed(`${count} records of ${names} will be deleted permanently. Continue?`, options)))
      return EXIT.failed;
    const results = [];
    for (const { id, letters } of groups) {
      const chosen = new Set(letters.map((letter) => letter.id));
      const dropped = await retryWhileBusy(
        () => session.admin.drop(id, by, (letter) => chosen.has(letter.id)),
        (answer) => answer === 'busy',
      );
      if (dropped === 'busy') return sayBusy(id);
      results.push({ ...id, dropped });
      if (options.json !== true) print(`${formatId(id)}: ${dropped} dropped.`);
    }
    if (options.json === true) print(results);
    return EXIT.fine;
  });
}

/** The dead letters that the options select. @throws Error for an unknown cause, and for an id that names none or several */
async function collect(
  session: Session,
  target: string | undefined,
  { cause, id: ids }: DeadLettersCommand,
): Promise<StoredDeadLetter[]> {
  const causes = Object.keys(CAUSES);
  if (cause !== undefined && !causes.includes(cause))
    throw new Error(`Unknown cause ${cause}.${unknownNameHint(cause, causes)}`);
  const wanted = target === undefined ? undefined : new Set((await sourcesOf(session, target)).map(formatId));
  const found: StoredDeadLetter[] = [];
  const choose = (letter: StoredDeadLetter): boolean =>
    (cause ?? letter.cause) === letter.cause &&
    (wanted?.has(formatId(letter)) ?? true) &&
    (ids?.some((id) => letter.id.startsWith(id)) ?? true);
  for await (const letter of session.admin.deadLetters(undefined, choose)) found.push(letter);
  for (const id of ids ?? []) {
    const own = found.filter((letter) => letter.id.startsWith(id));
    if (own.length === 0) throw new Error(`There is no dead letter ${id}.`);
    if (own.length > 1 && !own.some((letter) => letter.id === id))
      throw new Error(`${own.length} dead letters start with ${id}. Write more of the id.`);
  }
  return ids === undefined ? found : found.filter(({ id }) => isNamed(id, ids, found));
}

/** The pulled and pushed sources of a target. @throws Error if there are none */
async function sourcesOf(session: Session, target: string): Promise<SourceId[]> {
  const spooled = await spoolStatusOf(session, target);
  return [...spooled, ...(await idsOf(session, target).catch(orNone(spooled)))];
}

/** A complete id selects only its own dead letter: `…-1` does not select `…-10`. */
function isNamed(id: string, ids: readonly string[], found: readonly StoredDeadLetter[]): boolean {
  return ids.some((one) => (found.some((letter) => letter.id === one) ? id === one : id.startsWith(one)));
}

function bySource(
  letters: readonly StoredDeadLetter[],
): { readonly id: SourceId; readonly letters: StoredDeadLetter[] }[] {
  const groups = new Map<string, { readonly id: SourceId; readonly letters: StoredDeadLetter[] }>();
  for (const letter of letters) {
    const { connector, instance, source } = letter;
    const group = groups.get(formatId(letter)) ?? { id: { connector, instance, source }, letters: [] };
    group.letters.push(letter);
    groups.set(formatId(letter), group);
  }
  return [...groups.values()];
}

function readRecord({ record }: StoredDeadLetter): Json {
  try {
    return parseJson(record);
  } catch {
    return record;
  }
}

/** A record that cannot be parsed cannot be masked, and is not shown. */
function masked(letter: StoredDeadLetter): Json {
  const record = readRecord(letter);
  if (typeof record === 'string') return `${record.length} characters; --whole shows them`;
  try {
    return createMasker(new Map()).mask([record])[0] ?? null;
  } catch {
    return `${letter.record.length} characters; --whole shows them`;
  }
}
