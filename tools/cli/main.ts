import { Command, InvalidArgumentError, Option } from 'commander';
import { join } from 'node:path';
import { version } from '../../package.json';
import { unknownNameHint } from '../../shared/values/did-you-mean';
import type { CheckCommand } from '../check/check';
import type { FuncCommand } from './func';
import type { NewCommand } from '../new/new';
import { AUTH_KINDS } from '../new/auth-kinds';
import { FORMAT_KINDS } from '../new/format-kinds';
import { STORE_KINDS } from '../new/store-kinds';
import { ORDERS, PAGING_KINDS, STOP_KINDS, TIME_FORMATS } from '../new/rest-kinds';
import { addOperatorCommands } from '../operator/commands';
import type { QueryCommand } from './query';
import type { ReplayCommand } from '../try/replay';
import type { RunCommand } from './run';
import { print, useFolderOptions } from './output';
import type { StartCommand } from './start';
import { countStrayErrorsOf, finish, reportStrayErrors, stopWithoutReader, untilSignalled } from './exit';
import { DEFAULT_DATA_FOLDER, type FolderOptions } from './suggested-commands';
import type { TryCommand } from '../try/try';

/*
 * A command's code is loaded when the command is called: the compiler, the database and Azure's clients take longer to load
 * than most commands take to run. `start` listens for Ctrl-C before it loads, and before `tools/bin/tributary` stops listening.
 */

/** The clone. The built command line is in its `dist/`. */
const ROOT = join(__dirname, '..');

/** `tools/bin/tributary` has already built a command line with the folders of this option. */
const CONNECTORS = ['--connectors <folder>', 'a folder with more connectors; may be repeated'] as const;
const again = (folder: string, before: readonly string[] = []): readonly string[] => [...before, folder];

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('A port is a number from 0 to 65535; 0 means any free port.');
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
 * The command line. Ends the process with 0; with 1 if a run failed; with 2 for wrong arguments; with 3 if another run holds
 * the lease.
 * @param outside the folders of more connectors that `argv` and the environment name
 */
export function main(argv: readonly string[], outside: readonly string[] = []): void {
  stopWithoutReader();
  reportStrayErrors();
  const program = new Command('tributary')
    .description('Brings security logs into Microsoft Sentinel / Log Analytics and loses none.')
    .version(version)
    .showHelpAfterError('Add --help to see its options.')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '')) });

  program.hook('preAction', (_, command) => {
    useFolderOptions(command.opts<FolderOptions>());
    countStrayErrorsOf(command);
  });
  program.command('version', { hidden: true }).action(() => finish(printVersion()));

  program
    .command('start')
    .description(
      'Run everything on this machine: storage, workspace, simulated vendors and the function app.',
    )
    .option('--port <number>', 'where the function host listens on 127.0.0.1', port, 7071)
    .option('--data <folder>', 'the data folder', DEFAULT_DATA_FOLDER)
    .option('--fresh', 'delete its data first', false)
    .option('--once', 'run each source until it finds nothing newer, print the ledger, and exit', false)
    .option('--json', 'one line of JSON with every address, then one for each run', false)
    .option('--no-simulators', 'do not start simulated vendors')
    .option(...CONNECTORS, again)
    .action((options: StartCommand) => {
      const signalled = untilSignalled();
      finish(import('./start.js').then(({ start }) => start(ROOT, options, signalled)));
    });

  program
    .command('func')
    .description(
      'Run the built app in Azure’s own host, Core Tools, with Azurite; "npm run func" builds it first.',
    )
    .argument('[args...]', 'more options of "func start"; write -- before them')
    .option('--inspect', 'let a debugger attach to the worker on port 9229', false)
    .action((args: string[], options: Omit<FuncCommand, 'args'>) =>
      finish(import('./func.js').then(({ func }) => func(ROOT, { ...options, args }))),
    );

  program
    .command('run')
    .description('Run one connector, or one of its sources, without the function host.')
    .argument('<connector>', 'connector[/source][@instance]')
    .option('--once', 'exit after one run of each source; always on', true)
    .option('--json', 'print one JSON object and nothing else', false)
    .option('--data <folder>', 'the folder of "npm start"', DEFAULT_DATA_FOLDER)
    .option(...CONNECTORS, again)
    .action((target: string, options: RunCommand) =>
      finish(import('./run.js').then(({ run }) => run(ROOT, target, options))),
    );

  program
    .command('query')
    .description('Query the local workspace in SQL, also while "npm start" is running.')
    .argument('<sql>', 'one read-only statement')
    .option('--json', 'print the rows as JSON', false)
    .option('--data <folder>', 'the folder of "npm start"', DEFAULT_DATA_FOLDER)
    .action((sql: string, options: QueryCommand) =>
      finish(import('./query.js').then(({ query }) => query(sql, options))),
    );

  program
    .command('try')
    .description(
      'Fetch one page, or post the fixtures of a webhook source, and show the result. Delivers nothing and changes no checkpoint.',
    )
    .argument('<connector>', 'connector[/source][@instance]')
    .option('--watch', 'repeat whenever a file of its folder changes', false)
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
    .description('Run a connector on its fixtures, and compare the rows with the golden rows.')
    .argument('<connector>', 'the name of its folder')
    .option('--success <path>', 'the path at which a good answer says that it is one, as the sample does')
    .option('--source <name>', 'only this source')
    .option('--update', 'write the golden rows', false)
    .option('--record', 'record masked fixtures from the real API, if every record becomes a row', false)
    .option(...CONNECTORS, again)
    .action((name: string, options: ReplayCommand) =>
      finish(import('../try/replay.js').then(({ replay }) => replay(ROOT, outside, name, options))),
    );

  program
    .command('check')
    .description(
      'Check a connector, or all: types, lint, format, contract, golden rows, README, and a minute of faults.',
    )
    .argument('[connector]', 'the name of its folder; default: all')
    .option('--seconds <count>', 'how long to inject faults; 0 skips them', count, 60)
    .option(...CONNECTORS, again)
    .action((name: string | undefined, command: CheckCommand) =>
      finish(import('../check/check.js').then(({ check }) => check(ROOT, outside, name, command))),
    );

  program
    .command('new')
    .description(
      'Create the folder of a new connector from a sample answer. Asks for what the flags do not give.',
    )
    .argument('<name>', 'the folder’s name: acme-edr')
    .option('--title <text>', 'the product’s name: Acme EDR')
    .option('--url <address>', 'an example of the base address')
    .option('--path <path>', 'below that address; {setting} stands for a setting’s value')
    .addOption(new Option('--method <method>', 'the method of a request for events').choices(['GET', 'POST']))
    .option('--sample <file>', 'one answer of the vendor')
    .option('--format <kind>', `the format of an answer: ${oneOf(FORMAT_KINDS)}`)
    .option('--order <order>', oneOf(ORDERS))
    .option('--last', 'the sample is the last page and does not name a next one')
    .option('--records <path>', 'the path of its records: data.items')
    .option('--success <path>', 'the path at which a good answer says that it is one, as the sample does')
    .option('--source <name>', 'the source: auditEvents')
    .option('--time <path>', 'the path of a record’s event time')
    .option('--id <path>', 'the path of a record’s id')
    .option('--store <kind>', `the vendor writes files; the sample is one: ${oneOf(STORE_KINDS)}`)
    .option('--explode <path>', 'a record holds a list of events: the path of the list in a record')
    .option('--details <path>', 'the list has only ids: the path that gives their records, as in the sample')
    .option('--partitions <path>', 'the path that lists sites or tenants; --path then has {partition}')
    .option(
      '--export <path>',
      'the vendor prepares an export, of which the sample is a part: the path of its status, with {job}',
    )
    .option(
      '--files <path>',
      'the list names files, of which the sample is one: the path of a file, with {id}',
    )
    .option('--auth <kind>', oneOf(AUTH_KINDS))
    .option('--header <name>', 'for header: its name')
    .option('--prefix <text>', 'for header: the text before the key')
    .option('--key-parameter <name>', 'for query: the parameter of the key')
    .option(
      '--token-path <path>',
      'for an OAuth 2.0 token or a session: the token endpoint or the login, below the base address',
    )
    .option('--paging <kind>', oneOf(PAGING_KINDS))
    .option('--cursor <path>', 'for cursor: the path of the token in the answer')
    .option('--cursor-header <name>', 'for cursor: the response header with the token, instead of a path')
    .option('--cursor-record <path>', 'for cursor: the path of the id in the last record, instead of a token')
    .option('--cursor-parameter <name>', 'for cursor, page and offset: the parameter that sends it')
    .option('--stop <kind>', oneOf(STOP_KINDS))
    .option('--more <path>', 'for unless: the path of the boolean that says whether there is more')
    .option('--total <path>', 'for total and last-page: the path of the number of records, or of pages')
    .option('--limit <records>', 'the size of a page', pageSize)
    .option('--since <name>', 'the parameter for the start time')
    .option('--until <name>', 'the parameter for the end time, if the vendor has one')
    .option('--time-format <format>', `of both: ${TIME_FORMATS}`)
    .addOption(new Option('--resume <kind>', 'how the next run continues').choices(['time', 'cursor']))
    .option('--folder <folder>', 'the folder that holds connectors; default: connectors/ of the clone')
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
    .description('Regenerate the generated files.')
    .option('--check', 'only list stale files', false)
    .action((options: { readonly check: boolean }) =>
      finish(import('../reference/generate.js').then(({ generate }) => generate(ROOT, program, options))),
    );

  refuseUnknownHelp(program, argv.slice(2));
  program.parse([...argv]);
}

/** For help on an unknown command, suggests the nearest name; commander would print the whole help. */
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

function printVersion(): Promise<number> {
  print(version);
  return Promise.resolve(0);
}
