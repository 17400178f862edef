import type { StoredBackup } from '../../shared/contract/operator';
import { EXIT } from '../cli/run';
import { print } from '../cli/output';
import { textTable } from '../cli/text-table';
import { withAdmin, idOf, type AdminCommand } from './admin-session';
import { changeStateConfirmed } from './state';
import { type SourceId, formatId } from '../../shared/contract/checkpoint';

/** The options of `tributary state restore`. */
export interface RestoreCommand extends AdminCommand {
  /** The time of a backup, or its beginning; the newest by default. */
  readonly backup?: string;
  readonly list?: boolean;
}

/** `tributary state restore`: restores a state that a command replaced, or lists the backups. @returns the exit code */
export function restoreState(root: string, target: string, options: RestoreCommand): Promise<number> {
  return withAdmin(root, { ...options, target, isReading: options.list === true }, async (session) => {
    const id = await idOf(session, target);
    const copies = await session.admin.backups(id);
    if (options.list === true) {
      print(options.json === true ? copies : textTable(copies.map(line)));
      return EXIT.fine;
    }
    const { at, checkpoint, name, problem = '' } = chosen(id, copies, options.backup);
    if (checkpoint === undefined)
      throw new Error(
        `The backup of ${at} cannot be restored: ${problem}. Nothing has changed. Choose another one with --backup.`,
      );
    const goesOn = `continues where it was at ${at}`;
    return changeStateConfirmed(session, id, options, { what: 'state-restore', name }, goesOn);
  });
}

/** @throws Error if no backup matches or several do */
function chosen(id: SourceId, copies: readonly StoredBackup[], time = ''): StoredBackup {
  const [newest] = copies;
  if (newest === undefined)
    throw new Error(`${formatId(id)} has no backup: none of its states was replaced within RETENTION_DAYS.`);
  const found = time === '' ? [newest] : copies.filter(({ at }) => at.startsWith(time));
  const [only, more] = found;
  if (only !== undefined && more === undefined) return only;
  const times = (found.length === 0 ? copies : found).map(({ at }) => at).join(', ');
  throw new Error(
    only === undefined
      ? `No backup of ${formatId(id)} starts with ${time}. Its backups: ${times}.`
      : `${found.length} backups of ${formatId(id)} start with ${time}: ${times}. Name one of them.`,
  );
}

function line({ at, checkpoint, name, problem }: StoredBackup): Readonly<Record<string, unknown>> {
  return {
    backup: at,
    newest: checkpoint?.boundary?.time,
    fetched: checkpoint?.ledger.fetched,
    accepted: checkpoint?.ledger.accepted,
    state: problem === undefined ? 'whole' : `damaged: ${problem}`,
    blob: name,
  };
}
