import { InvalidArgumentError, type Command } from 'commander';
import { changeBackfill, listBackfills, showBackfill, startBackfill, type BackfillCommand } from './backfill';
import { restoreState, type RestoreCommand } from './state-restore';
import { explain, type ExplainCommand } from './coverage/explain';
import {
  dropDeadLetters,
  listDeadLetters,
  replayDeadLetters,
  showDeadLetter,
  type DeadLettersCommand,
} from './dead-letters';
import { pause, resume, type PauseCommand } from './pause';
import { reconcile } from './coverage/reconcile';
import { tables, type TablesCommand } from './tables';
import type { AdminCommand } from './admin-session';
import { exportStates, importStates, type ExportCommand } from './state-export';
import { adoptState, listStates, resetState, setState, showState, type SetCommand } from './state';

/** What the operators' commands need from the command line. */
export interface OperatorCommandsOptions {
  readonly root: string;
  /** The default data folder. */
  readonly data: string;
  readonly count: (text: string) => number;
  readonly finish: (work: Promise<number>) => void;
  /** The option that names folders with more connectors. */
  readonly connectors: readonly [
    string,
    string,
    (folder: string, before?: readonly string[]) => readonly string[],
  ];
}

const TARGET = 'connector[/source][@instance]';
const ONE = 'connector/source[@instance]';
const BACKFILL = 'its id, or the beginning of it';

function workers(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 64) return value;
  throw new InvalidArgumentError('Workers are a whole number from 1 to 64.');
}

/** Adds the commands that show and change stored state. */
export function addOperatorCommands(
  program: Command,
  { connectors, count, data, finish, root }: OperatorCommandsOptions,
): void {
  /** Every command uses the storage in AzureWebJobsStorage, else that of the data folder. */
  const withStorage = (command: Command): Command =>
    command
      .option('--json', 'print JSON and nothing else', false)
      .option(
        '--data <folder>',
        'the folder of "npm start", where AzureWebJobsStorage names no storage',
        data,
      )
      .option(...connectors);
  const attributed = (command: Command): Command =>
    withStorage(command).option('--as <name>', 'who acts; the user of this system by default');
  const confirmed = (command: Command): Command =>
    attributed(command).option('--yes', 'do not ask first', false);

  attributed(program.command('pause'))
    .description('Stop a connector, or one of its sources, until it is resumed.')
    .argument('<target>', TARGET)
    .option('--reason <text>', 'why, for those who look at it later')
    .action((target: string, options: PauseCommand) => finish(pause(root, target, options)));

  attributed(program.command('resume'))
    .description('Resume a paused connector or source.')
    .argument('<target>', TARGET)
    .action((target: string, options: AdminCommand) => finish(resume(root, target, options)));

  const state = program.command('state').description('See how far each source is, and move it.');
  withStorage(state.command('list'))
    .description('List each source’s progress, lease and totals.')
    .argument('[target]', TARGET)
    .action((target: string | undefined, options: AdminCommand) => finish(listStates(root, target, options)));
  withStorage(state.command('show'))
    .description('Everything that is stored of one source: position, boundary, open windows, ledger, pause.')
    .argument('<source>', ONE)
    .action((target: string, options: AdminCommand) => finish(showState(root, target, options)));
  confirmed(state.command('set'))
    .description('Say where a source goes on; a copy of the state before is kept.')
    .argument('<source>', ONE)
    .option('--since <time>', 'read again from this event time on: 2026-01-31T00:00:00Z, 24h, 7d')
    .option('--position <json>', 'go on at this position, as "state show" has it')
    .action((target: string, options: SetCommand) => finish(setState(root, target, options)));
  confirmed(state.command('reset'))
    .description('Begin anew where the START setting says; the ledger and a copy are kept.')
    .argument('<source>', ONE)
    .action((target: string, options: AdminCommand) => finish(resetState(root, target, options)));
  confirmed(state.command('adopt'))
    .description(
      'Say that a state belongs to the account that the settings name now: the same tenant under another address.',
    )
    .argument('<source>', ONE)
    .action((target: string, options: AdminCommand) => finish(adoptState(root, target, options)));
  withStorage(state.command('export'))
    .description('Write states as one JSON text.')
    .argument('[target]', TARGET)
    .option('--out <file>', 'where to; standard output by default')
    .action((target: string | undefined, options: ExportCommand) =>
      finish(exportStates(root, target, options)),
    );
  confirmed(state.command('import'))
    .description('Put exported states in the place of what is stored; a copy of each is kept.')
    .argument('<file>', 'what "state export" wrote')
    .action((file: string, options: AdminCommand) => finish(importStates(root, file, options)));

  confirmed(state.command('restore'))
    .description(
      'Put back a state that a command replaced, the newest one by default; a copy of this one is kept.',
    )
    .argument('<source>', ONE)
    .option('--backup <time>', 'when the copy was made, as --list has it; the beginning of it is enough')
    .option('--list', 'list the copies, and change nothing', false)
    .action((target: string, options: RestoreCommand) => finish(restoreState(root, target, options)));

  const letters = program
    .command('dead-letters')
    .description('See the records that could not be delivered, deliver them again, or drop them.');
  const choose = (command: Command): Command =>
    command
      .option('--id <id...>', 'only these; the beginning of an id is enough')
      .option('--cause <cause>', 'only those of this cause');
  choose(withStorage(letters.command('list')))
    .description('List dead letters: cause, source, version; never the records.')
    .argument('[target]', TARGET)
    .option('--limit <number>', 'how many to list', count, 100)
    .action((target: string | undefined, options: DeadLettersCommand) =>
      finish(listDeadLetters(root, target, options)),
    );
  withStorage(letters.command('show'))
    .description('Show one dead letter, with personal data in its record replaced by placeholders.')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--whole', 'the record unmasked', false)
    .action((id: string, options: DeadLettersCommand) => finish(showDeadLetter(root, id, options)));
  choose(attributed(letters.command('replay')))
    .description('Deliver dead letters again, with the current code and settings; moves no position.')
    .argument('<target>', TARGET)
    .action((target: string, options: DeadLettersCommand) =>
      finish(replayDeadLetters(root, target, options)),
    );
  choose(confirmed(letters.command('drop')))
    .description('Delete dead letters for good.')
    .argument('<target>', TARGET)
    .action((target: string, options: DeadLettersCommand) => finish(dropDeadLetters(root, target, options)));

  const backfill = program
    .command('backfill')
    .description(
      'Read a range of a source’s past beside its live collection: backfill okta/systemLog --from 30d.',
    );
  confirmed(backfill.command('start', { isDefault: true }))
    .description(
      'Say how many calls and gigabytes a range takes, and start it; the word start may be left out.',
    )
    .argument('<source>', ONE)
    .option('--from <time>', 'needed; event time: 2026-01-31T00:00:00Z, 24h, 7d')
    .option('--to <time>', 'event time', 'now')
    .option('--workers <number>', 'how many slices are read at once', workers, 8)
    .action((target: string, options: BackfillCommand) => finish(startBackfill(root, target, options)));
  withStorage(backfill.command('list'))
    .description('List the progress of each backfill.')
    .argument('[target]', TARGET)
    .action((target: string | undefined, options: AdminCommand) =>
      finish(listBackfills(root, target, options)),
    );
  withStorage(backfill.command('show'))
    .description('Show one backfill: its range, what is left, its ledger.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) => finish(showBackfill(root, id, options)));
  attributed(backfill.command('pause'))
    .description('Stop a backfill until it is resumed.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) => finish(changeBackfill(root, 'pause', id, options)));
  attributed(backfill.command('resume'))
    .description('Resume a paused backfill.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) => finish(changeBackfill(root, 'resume', id, options)));
  confirmed(backfill.command('cancel'))
    .description('End a backfill for good; what it delivered stays.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) => finish(changeBackfill(root, 'cancel', id, options)));

  withStorage(program.command('explain'))
    .description('Report what became of a source’s events in a time range, for an auditor.')
    .argument('<source>', ONE)
    .option('--from <time>', 'event time: 2026-01-31T00:00:00Z, 24h, 7d', '7d')
    .option('--to <time>', 'event time', 'now')
    .option('--html', 'one page of HTML that stands by itself', false)
    .option('--out <file>', 'where to; standard output by default')
    .action((target: string, options: ExplainCommand) => finish(explain(root, target, options)));

  attributed(program.command('tables'))
    .description(
      'What the workspace needs for every table that the app fills: its columns, and the data collection rules.',
    )
    .argument('[tables...]', 'only these: AcmeAlerts_CL')
    .option('--apply', 'make what is missing; reads first what is there, and changes no column', false)
    .option('--migrate <table...>', 'with --apply: migrate these classic tables, which cannot be undone')
    .option('--yes', 'with --apply: do not ask first', false)
    .option('--out <folder>', 'write the definitions and the functions as files')
    .option(
      '--deployed',
      'say that the files were deployed otherwise, so that the app uses the columns',
      false,
    )
    .action((names: readonly string[], options: TablesCommand) => finish(tables(root, names, options)));

  withStorage(program.command('reconcile'))
    .description('Compare what was accepted with what the workspace holds, and read its error log.')
    .argument('[target]', TARGET)
    .action((target: string | undefined, options: AdminCommand) => finish(reconcile(root, target, options)));
}
