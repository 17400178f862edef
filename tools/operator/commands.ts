import { InvalidArgumentError, type Command } from 'commander';
import type { AdminCommand } from './admin-session';
import type { BackfillCommand } from './backfill';
import type { ExplainCommand } from './coverage/explain';
import type { DeadLettersCommand } from './dead-letters';
import type { PauseCommand } from './pause';
import type { SetCommand } from './state';
import type { ExportCommand } from './state-export';
import type { RestoreCommand } from './state-restore';
import type { TablesCommand } from './tables';

type Operations = typeof import('./operations');

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
const BACKFILL = 'its id, or the start of it';

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
  /** Loaded when a command is called, as every command's code is. */
  const run = (command: (to: Operations) => Promise<number>): void =>
    finish(import('./operations.js').then(command));

  /** Every command uses the storage in AzureWebJobsStorage, else that of the data folder. */
  const withStorage = (command: Command): Command =>
    command
      .option('--json', 'print JSON and nothing else', false)
      .option('--data <folder>', 'the folder of "npm start", if AzureWebJobsStorage is not set', data)
      .option(...connectors);
  const attributed = (command: Command): Command =>
    withStorage(command).option('--as <name>', 'the name to record; default: the user of this system');
  const confirmed = (command: Command): Command =>
    attributed(command).option('--yes', 'do not ask for confirmation', false);

  attributed(program.command('pause'))
    .description('Stop a connector, or one of its sources, until it is resumed.')
    .argument('<target>', TARGET)
    .option('--reason <text>', 'the reason, shown with the pause')
    .action((target: string, options: PauseCommand) => run((to) => to.pause(root, target, options)));

  attributed(program.command('resume'))
    .description('Resume a paused connector or source.')
    .argument('<target>', TARGET)
    .action((target: string, options: AdminCommand) => run((to) => to.resume(root, target, options)));

  const state = program.command('state').description('Show how far each source is, and change it.');
  withStorage(state.command('list'))
    .description('List each source’s progress, lease and totals.')
    .argument('[target]', TARGET)
    .action((target: string | undefined, options: AdminCommand) =>
      run((to) => to.listStates(root, target, options)),
    );
  withStorage(state.command('show'))
    .description(
      'Show all that is stored for one source: position, watermark ids, open windows, ledger, pause.',
    )
    .argument('<source>', ONE)
    .action((target: string, options: AdminCommand) => run((to) => to.showState(root, target, options)));
  confirmed(state.command('set'))
    .description('Set where a source continues; keeps a backup of the previous state.')
    .argument('<source>', ONE)
    .option('--since <time>', 'read again from this event time: 2026-01-31T00:00:00Z, 24h, 7d')
    .option('--position <json>', 'continue at this position, written as "state show" prints it')
    .action((target: string, options: SetCommand) => run((to) => to.setState(root, target, options)));
  confirmed(state.command('reset'))
    .description('Start over where the START setting says; keeps the ledger and a backup.')
    .argument('<source>', ONE)
    .action((target: string, options: AdminCommand) => run((to) => to.resetState(root, target, options)));
  confirmed(state.command('adopt'))
    .description(
      'Assign a state to the account that the settings name now: the same tenant at another address.',
    )
    .argument('<source>', ONE)
    .action((target: string, options: AdminCommand) => run((to) => to.adoptState(root, target, options)));
  withStorage(state.command('export'))
    .description('Export states as JSON.')
    .argument('[target]', TARGET)
    .option('--out <file>', 'the output file; default: standard output')
    .action((target: string | undefined, options: ExportCommand) =>
      run((to) => to.exportStates(root, target, options)),
    );
  confirmed(state.command('import'))
    .description('Replace stored states with exported ones; keeps a backup of each.')
    .argument('<file>', 'a file that "state export" wrote')
    .action((file: string, options: AdminCommand) => run((to) => to.importStates(root, file, options)));

  confirmed(state.command('restore'))
    .description(
      'Restore a state that a command replaced, by default the newest; keeps a backup of the current one.',
    )
    .argument('<source>', ONE)
    .option('--backup <time>', 'the time of the backup, as --list prints it, or the start of it')
    .option('--list', 'list the backups and change nothing', false)
    .action((target: string, options: RestoreCommand) => run((to) => to.restoreState(root, target, options)));

  const letters = program
    .command('dead-letters')
    .description('Show records that could not be delivered, deliver them again, or delete them.');
  const choose = (command: Command): Command =>
    command
      .option('--id <id...>', 'only these ids, or the starts of them')
      .option('--cause <cause>', 'only this cause');
  choose(withStorage(letters.command('list')))
    .description('List dead letters: cause, source, version; never the records.')
    .argument('[target]', TARGET)
    .option('--limit <number>', 'how many to list', count, 100)
    .action((target: string | undefined, options: DeadLettersCommand) =>
      run((to) => to.listDeadLetters(root, target, options)),
    );
  withStorage(letters.command('show'))
    .description('Show one dead letter, with personal data in its record replaced by placeholders.')
    .argument('<id>', 'its id, or the start of it')
    .option('--whole', 'the record unmasked', false)
    .action((id: string, options: DeadLettersCommand) => run((to) => to.showDeadLetter(root, id, options)));
  choose(attributed(letters.command('replay')))
    .description('Deliver dead letters again, with the current code and settings; changes no position.')
    .argument('<target>', TARGET)
    .action((target: string, options: DeadLettersCommand) =>
      run((to) => to.replayDeadLetters(root, target, options)),
    );
  choose(confirmed(letters.command('drop')))
    .description('Delete dead letters permanently.')
    .argument('<target>', TARGET)
    .action((target: string, options: DeadLettersCommand) =>
      run((to) => to.dropDeadLetters(root, target, options)),
    );

  const backfill = program
    .command('backfill')
    .description(
      'Read a past range of a source while live collection continues: backfill okta/systemLog --from 30d.',
    );
  confirmed(backfill.command('start', { isDefault: true }))
    .description('Estimate the calls and gigabytes of a range, and start it; the word start may be omitted.')
    .argument('<source>', ONE)
    .option('--from <time>', 'required; event time: 2026-01-31T00:00:00Z, 24h, 7d')
    .option('--to <time>', 'event time', 'now')
    .option('--workers <number>', 'how many slices are read at once', workers, 8)
    .action((target: string, options: BackfillCommand) =>
      run((to) => to.startBackfill(root, target, options)),
    );
  withStorage(backfill.command('list'))
    .description('List the progress of each backfill.')
    .argument('[target]', TARGET)
    .action((target: string | undefined, options: AdminCommand) =>
      run((to) => to.listBackfills(root, target, options)),
    );
  withStorage(backfill.command('show'))
    .description('Show one backfill: its range, what remains, its ledger.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) => run((to) => to.showBackfill(root, id, options)));
  attributed(backfill.command('pause'))
    .description('Stop a backfill until it is resumed.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) =>
      run((to) => to.changeBackfill(root, 'pause', id, options)),
    );
  attributed(backfill.command('resume'))
    .description('Resume a paused backfill.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) =>
      run((to) => to.changeBackfill(root, 'resume', id, options)),
    );
  confirmed(backfill.command('cancel'))
    .description('End a backfill permanently; delivered events stay.')
    .argument('<id>', BACKFILL)
    .action((id: string, options: AdminCommand) =>
      run((to) => to.changeBackfill(root, 'cancel', id, options)),
    );

  withStorage(program.command('explain'))
    .description('Report what became of a source’s events in a time range, for an auditor.')
    .argument('<source>', ONE)
    .option('--from <time>', 'event time: 2026-01-31T00:00:00Z, 24h, 7d', '7d')
    .option('--to <time>', 'event time', 'now')
    .option('--html', 'one self-contained HTML page', false)
    .option('--out <file>', 'the output file; default: standard output')
    .action((target: string, options: ExplainCommand) => run((to) => to.explain(root, target, options)));

  attributed(program.command('tables'))
    .description('Show what the workspace needs for the app’s tables: columns and data collection rules.')
    .argument('[tables...]', 'only these: AcmeAlerts_CL')
    .option('--apply', 'create what is missing; changes no existing column', false)
    .option('--migrate <table...>', 'with --apply: migrate these classic tables, which cannot be undone')
    .option('--yes', 'with --apply: do not ask for confirmation', false)
    .option('--out <folder>', 'write the definitions and the functions as files')
    .option(
      '--deployed',
      'record that the files were deployed by other means, so that the app uses the columns',
      false,
    )
    .action((names: readonly string[], options: TablesCommand) =>
      run((to) => to.tables(root, names, options)),
    );

  withStorage(program.command('reconcile'))
    .description('Compare the accepted rows with the workspace, and read its error log.')
    .argument('[target]', TARGET)
    .action((target: string | undefined, options: AdminCommand) =>
      run((to) => to.reconcile(root, target, options)),
    );
}
