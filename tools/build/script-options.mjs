import { fileURLToPath } from 'node:url';

/** The options of the fault suite. */
const FAULTS = {
  connector: 'values',
  fault: 'values',
  journey: 'values',
  seeds: 'value',
  seed: 'value',
  crossing: 'value',
  every: 'value',
  seconds: 'value',
  connectors: 'values',
  json: 'flag',
};

/** Jest's most used options. */
const JEST = {
  watch: 'flag',
  watchAll: 'flag',
  coverage: 'flag',
  runInBand: 'flag',
  updateSnapshot: 'flag',
  maxWorkers: 'value',
  testNamePattern: 'value',
};

/**
 * The options of each npm script. `value`: takes a value; `values`: takes a value and may be repeated; `flag`: switches
 * something on; `not`: switches something off, as `--no-<name>`. A script that is not listed takes no options.
 * @type {Readonly<Record<string, Readonly<Record<string, 'value' | 'values' | 'flag' | 'not'>>>>}
 */
export const SCRIPTS = {
  start: {
    port: 'value',
    data: 'value',
    connectors: 'values',
    fresh: 'flag',
    once: 'flag',
    json: 'flag',
    simulators: 'not',
  },
  build: { connectors: 'values', watch: 'flag', 'if-possible': 'flag' },
  watch: { connectors: 'values' },
  package: { out: 'value', connectors: 'values' },
  func: { inspect: 'flag', port: 'value' },
  generate: { check: 'flag' },
  // npm has a setting `only` itself: it reports an invalid value, and does not pass the option to the script.
  bench: { json: 'flag', quick: 'flag', only: 'values' },
  soak: { json: 'flag', short: 'flag' },
  faults: FAULTS,
  // Its name until 0.2.
  proof: FAULTS,
  // These scripts run other programs. Their `pre` script runs this file, which checks the programs' most used options.
  test: JEST,
  'test:unit': JEST,
  'test:e2e': JEST,
  lint: { fix: 'flag' },
  types: { watch: 'flag' },
};

/**
 * Detects options that lack the `--` separator. npm takes those as its own and passes them to the script only as
 * `npm_config_<name>`, so the script would ignore them without a message.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {readonly string[]} args the arguments that npm passed on, among them the values of such options
 * @returns {string | undefined} a message with the correct command; `undefined` if npm kept no option
 * @see https://docs.npmjs.com/cli/commands/npm-run
 */
export function missingSeparatorHint(env, args) {
  // A `pre` script gets the same variables, but no arguments.
  const script = (env.npm_lifecycle_event ?? '').replace(/^pre(?!pare$)/, '');
  const values = args.filter((word) => !word.startsWith('-'));
  const kept = Object.entries(SCRIPTS[script] ?? {}).flatMap(([name, kind]) => {
    const given = env[`npm_config_${name.replaceAll('-', '_').toLowerCase()}`];
    const isGiven = args.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
    if (given === undefined || isGiven) return [];
    if (hasValue(kind)) return [`--${name} ${given === 'true' ? (values.shift() ?? '<value>') : given}`];
    const isOff = given === '' || given === 'false';
    // The option has its default value.
    if (isOff !== (kind === 'not')) return [];
    return [isOff ? `--no-${name}` : `--${name}`];
  });
  if (kept.length === 0) return undefined;
  const run = ['start', 'test'].includes(script) ? `npm ${script}` : `npm run ${script}`;
  return `npm kept ${kept.map((option) => option.split(' ')[0]).join(', ')} for itself. Write: ${run} -- ${kept.join(' ')}`;
}

/**
 * Checks a command's arguments without loading the command.
 * @param {string} command a script listed above
 * @param {readonly string[]} args the arguments after the command
 * @returns {boolean} true if each is a known option, with a value if it takes one, and each port is valid
 */
export function areOptions(command, args) {
  const left = [...args];
  while (left.length > 0) {
    const [, no = '', name = '', value] = /^--(no-)?([a-z]+)(?:=(.*))?$/.exec(left.shift() ?? '') ?? [];
    const kind = SCRIPTS[command]?.[name];
    if (kind === undefined || (no !== '') !== (kind === 'not')) return false;
    const given = hasValue(kind) ? (value ?? left.shift()) : value;
    if (hasValue(kind) !== (given !== undefined)) return false;
    if (name === 'port' && !(/^\d+$/.test(given) && Number(given) <= 65_535)) return false;
  }
  return true;
}

/** True for an option that takes a value. */
export function hasValue(kind) {
  return kind === 'value' || kind === 'values';
}

// Run as a `pre` script: an option without separator ends the script before it starts.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kept = missingSeparatorHint(process.env, process.argv.slice(2));
  if (kept !== undefined) {
    console.error(kept);
    process.exitCode = 1;
  }
}
