import { Command, InvalidArgumentError, Option } from 'commander';
import { join } from 'node:path';
import { version } from '../../package.json';
import { unknownNameHint } from '../../shared/values/did-you-mean';
import type { CheckCommand } from '../check/check';
import type { FuncCommand } from './func';
import type { NewCommand } from '../new/new';
import { AUTH_KINDS, PAGING_KINDS, STOP_KINDS } from '../new/rest-kinds';
import { ORDERS } from '../new/sample/order-and-next-page';
import { addOperatorCommands } from '../operator/commands';
import type { QueryCommand } from './query';
import type { ReplayCommand } from '../try/replay';
import type { RunCommand } from './run';
import { print, warn, useFolderOptions } from './output';
import { start, type StartCommand } from './start';
import { exitCodeAfterStrayErrors, reportStrayErrors } from './stray-errors';
import { DEFAULT_DATA_FOLDER, type FolderOptions } from './suggested-commands';
import type { TryCommand } from '../try/try';

/*
 * A command is loaded when it is called: the compiler, the database and Azure's clients take longer to load than most commands
 * take to run. `start` alone is loaded before, because it listens for Ctrl-C before `tools/bin/tributary` stops listening.
 */

/** What every command is told: where the clone is. The built command line lies in its `dist/`. */
const ROOT = join(__dirname, '..');

/** `tools/bin/tributary` has read it by then, and built a command line that holds these folders. */
const CONNECTORS = ['--connectors <folder>', 'a folder with more connectors; may be given again'] as const;
const again = (folder: string, before: readonly string[] = []): readonly string[] => [...before, folder];

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('A port is a number from 0 to 65535; 0 is any free one.');
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('A count is a whole number.');
}

function pageSize(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 1) return value;
  throw new InvalidArgumentError('A page holds a whole number of records, two or more.');
}

const oneOf = (kinds: object): string => Object.keys(kinds).join(', ');

/**
 * The command line. Ends the process with 0; 1 when a run failed; 2 for wrong words; 3 when another run holds the lease.
 * @param outside the folders with more connectors that `argv` and the environment name
 */
export function main(argv: readonly string[], outside: readonly string[] = []): void {
  stopWithoutReader();
  reportStrayErrors();
  const program = new Command('tributary')
    .description('Brings security logs into Microsoft Sentinel / Log Analytics and loses none.')
    .version(version)
    .showHelpAfterError('Add --help to see what it takes.')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '')) });

  program.hook('preAction', (_, command) => {
    useFolderOptions(command.opts<FolderOptions>());
    isAbout = aboutOf(command);
  });
  program.command('version', { hidden: true }).action(() => finish(sayVersion()));

  program
    .command('start')
    .description(
      'Run everything on this machine: storage, workspace, simulated vendors and the function app.',
    )
    .option('--port <number>', 'where the function host listens on 127.0.0.1', port, 7071)
    .option('--data <folder>', 'where everything is kept', DEFAULT_DATA_FOLDER)
    .option('--fresh', 'empty the folder first', false)
    .option('--once', 'run each source until it finds nothing newer, print the ledger, and end', false)
    .option('--json', 'one line of JSON with every address, then one for each run', false)
    .option('--no-simulators', 'start no simulated vendors')
    .option(...CONNECTORS, again)
    .action((options: StartCommand) => finish(start(ROOT, options)));

  program
    .command('func')
    .description(
      'Run the built app in Azure’s own host, Core Tools, with Azurite; "npm run func" builds it first.',
    )
    .argument('[args...]', 'more options of "func start"; write -- before them')
    .option('--inspect', 'open the worker to a debugger on port 9229', false)
    .action((args: string[], options: Omit<FuncCommand, 'args'>) =>
      finish(import('./func.js').then(({ func }) => func(ROOT, { ...options, args }))),
    );

  program
    .command('run')
    .description('Run one connector, or one of its sources, without the function host.')
    .argument('<connector>', 'connector[/source][@instance]')
    .option('--once', 'end after one run of each source; the only way there is', true)
    .option('--json', 'print one JSON object and nothing else', false)
    .option('--data <folder>', 'the folder of "npm start"', DEFAULT_DATA_FOLDER)
    .option(...CONNECTORS, again)
    .action((target: string, options: RunCommand) =>
      finish(import('./run.js').then(({ run }) => run(ROOT, target, options))),
    );

  program
    .command('query')
    .description('Ask the local workspace, in SQL; also while "npm start" is running.')
    .argument('<sql>', 'one statement that only reads')
    .option('--json', 'print the rows as JSON', false)
    .option('--data <folder>', 'the folder of "npm start"', DEFAULT_DATA_FOLDER)
    .action((sql: string, options: QueryCommand) =>
      finish(import('./query.js').then(({ query }) => query(sql, options))),
    );

  program
    .command('try')
    .description(
      'Ask for one page, or post the fixtures of a source that is posted to, and show what becomes of it; sends nothing on and moves nothing.',
    )
    .argument('<connector>', 'connector[/source][@instance]')
    .option('--watch', 'again whenever a file of its folder changes', false)
    .option('--records <number>', 'how many records to show', count, 1)
    .option('--json', 'print one JSON object', false)
    .option(...CONNECTORS, again)
    .action((target: string, options: TryCommand) =>
      finish(
        import('../try/try.js').then(({ tryConnector }) => tryConnector(ROOT, outside, target, options)),
      ),
    );

  program
    .command('replay')
    .description('Run a connector on its fixtures, and compare with the golden rows.')
    .argument('<connector>', 'the name of its folder')
    .option('--source <name>', 'only this source')
    .option('--update', 'write the golden rows', false)
    .option(
      '--record',
      'write new fixtures from the real API, masked, where every record becomes a row',
      false,
    )
    .option(...CONNECTORS, again)
    .action((name: string, options: ReplayCommand) =>
      finish(import('../try/replay.js').then(({ replay }) => replay(ROOT, outside, name, options))),
    );

  program
    .command('check')
    .description(
      'Check a connector, or all: types, lint, format, contract, golden rows, README, and a minute of faults.',
    )
    .argument('[connector]', 'the name of its folder; all where none is named')
    .option('--seconds <count>', 'for how long faults are tried; 0 for not at all', count, 60)
    .option(...CONNECTORS, again)
    .action((name: string | undefined, command: CheckCommand) =>
      finish(import('../check/check.js').then(({ check }) => check(ROOT, outside, name, command))),
    );

  program
    .command('new')
    .description('Write the folder of a new connector, from a sample answer; asks for what no flag says.')
    .argument('<name>', 'the folder’s name: acme-edr')
    .option('--title <text>', 'as people write it: Acme EDR')
    .option('--url <address>', 'an example of the base address')
    .option('--path <path>', 'below that address; {setting} stands for a setting’s value')
    .addOption(new Option('--method <method>', 'how events are asked for').choices(['GET', 'POST']))
    .option('--sample <file>', 'one answer of the vendor, as JSON')
    .option('--order <order>', oneOf(ORDERS))
    .option('--last', 'the sample is the last page, and leaves out what names the next one')
    .option('--records <path>', 'where its records stand: data.items')
    .option('--source <name>', 'the source: auditEvents')
    .option('--time <path>', 'where a record says when it happened')
    .option('--id <path>', 'where a record has its id')
    .option('--auth <kind>', oneOf(AUTH_KINDS))
    .option('--header <name>', 'for header: its name')
    .option('--prefix <text>', 'for header: what stands before the key')
    .option('--paging <kind>', oneOf(PAGING_KINDS))
    .option('--cursor <path>', 'for cursor: where the answer holds the token')
    .option('--cursor-parameter <name>', 'for cursor: the parameter that sends it back')
    .option('--stop <kind>', oneOf(STOP_KINDS))
    .option('--more <path>', 'for unless: the boolean that says that there is more')
    .option('--limit <records>', 'the size of a page', pageSize)
    .option('--since <name>', 'the parameter that says from when')
    .option('--until <name>', 'the parameter that says until when, where the vendor takes one')
    .addOption(new Option('--resume <kind>', 'how a run goes on').choices(['time', 'cursor']))
    .option('--folder <folder>', 'where connectors are; connectors/ of the clone by default')
    .action((name: string, options: NewCommand) =>
      finish(import('../new/new.js').then(({ newConnector }) => newConnector(ROOT, name, options))),
    );

  addOperatorCommands(program, {
    root: ROOT,
    data: DEFAULT_DATA_FOLDER,
    count,
    finish,
    connectors: [...CONNECTORS, again],
  });

  program
    .command('generate', { hidden: true })
    .description('Write the generated files again.')
    .option('--check', 'only name those that are stale', false)
    .action((options: { readonly check: boolean }) =>
      finish(import('../reference/generate.js').then(({ generate }) => generate(ROOT, program, options))),
    );

  refuseUnknownHelp(program, argv.slice(2));
  program.parse([...argv]);
}

/** Help for a command that there is not is answered with the nearest; commander would print the whole help. */
function refuseUnknownHelp(command: Command, [word, ...more]: readonly string[]): void {
  const known = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
  const [about] = more;
  if (word === 'help' && about !== undefined && !known.includes(about) && !about.startsWith('-'))
    command.error(`error: There is no command ${about}.${unknownNameHint(about, known)}`);
  const group = command.commands.find((one) => one.name() === word && one.commands.length > 0);
  if (group !== undefined) refuseUnknownHelp(group, more);
}

/** Stops, as if it were asked to, when nobody reads its lines any more: `head` leaves its writer so. */
function stopWithoutReader(): void {
  let isStopping = false;
  const stop = (error: NodeJS.ErrnoException): void => {
    // Thrown, it would be said where nothing can be.
    if (error.code !== 'EPIPE') process.exit(1);
    if (!isStopping) process.kill(process.pid, 'SIGTERM');
    isStopping = true;
  };
  process.stdout.on('error', stop);
  process.stderr.on('error', stop);
}

function sayVersion(): Promise<number> {
  print(version);
  return Promise.resolve(0);
}

/** Whether the command of this process runs a connector: such a failure of that one is its own. */
let isAbout: (connector: string) => boolean = () => false;

/** The connector that its first word names; these run all where there is none. */
function aboutOf(command: Command): typeof isAbout {
  const [word] = command.args;
  if (word === undefined) return () => ['start', 'check'].includes(command.name());
  return (connector) => word.split(/[/@]/)[0] === connector;
}

function finish(work: Promise<number>): void {
  work.then(
    // A promise that was left behind is told to have failed once this turn is over.
    (code) =>
      setImmediate(() =>
        process.stdout.write('', () => process.exit(exitCodeAfterStrayErrors(code, isAbout))),
      ),
    (error: unknown) => {
      warn((error as Error).message);
      process.exit(2);
    },
  );
}
