import { fileURLToPath } from 'node:url';

/** What the fault suite takes. */
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

/** Jest's usual options. */
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
 * What each npm script takes. `value`: a value goes with it; `values`: it may be given again; `flag`: it is on where it is
 * named; `not`: it is off where `--no-<name>` is named. A script that is not listed takes no arguments.
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
  // `only` is a setting of npm's own: it says itself that it cannot use the value, and tells the script nothing.
  bench: { json: 'flag', quick: 'flag', only: 'values' },
  soak: { json: 'flag', short: 'flag' },
  faults: FAULTS,
  // Its name until 0.2.
  proof: FAULTS,
  // These run programs of others, behind a `pre` script that runs this file; these are their usual options.
  test: JEST,
  'test:unit': JEST,
  'test:e2e': JEST,
  lint: { fix: 'flag' },
  types: { watch: 'flag' },
};

/**
 * npm takes what stands before `--` for its own, and tells a script of it in `npm_config_<name>`: what was asked for
 * would not be done, and nothing would say so.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {readonly string[]} args what npm passed on: the values that it did not take
 * @returns {string | undefined} what to write instead; `undefined` where npm kept nothing
 * @see https://docs.npmjs.com/cli/commands/npm-run
 */
export function missingSeparatorHint(env, args) {
  // A `pre` script gets the same variables, and none of the arguments.
  const script = (env.npm_lifecycle_event ?? '').replace(/^pre(?!pare$)/, '');
  const values = args.filter((word) => !word.startsWith('-'));
  const kept = Object.entries(SCRIPTS[script] ?? {}).flatMap(([name, kind]) => {
    const given = env[`npm_config_${name.replaceAll('-', '_').toLowerCase()}`];
    const isGiven = args.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
    if (given === undefined || isGiven) return [];
    if (hasValue(kind)) return [`--${name} ${given === 'true' ? (values.shift() ?? '<value>') : given}`];
    const isOff = given === '' || given === 'false';
    // What is so anyway need not be written.
    if (isOff !== (kind === 'not')) return [];
    return [isOff ? `--no-${name}` : `--${name}`];
  });
  if (kept.length === 0) return undefined;
  const run = ['start', 'test'].includes(script) ? `npm ${script}` : `npm run ${script}`;
  return `npm kept ${kept.map((option) => option.split(' ')[0]).join(', ')} for itself. Write: ${run} -- ${kept.join(' ')}`;
}

/**
 * Whether a command accepts its arguments, decided without loading the command.
 * @param {string} command one of those above
 * @param {readonly string[]} args what follows the command
 * @returns {boolean} true where each is an option, with a value where one goes with it, and a port is a port
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

/** True for an option that a value goes with. */
export function hasValue(kind) {
  return kind === 'value' || kind === 'values';
}

// As a `pre` script: what npm kept ends the script before it begins.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kept = missingSeparatorHint(process.env, process.argv.slice(2));
  if (kept !== undefined) {
    console.error(kept);
    process.exitCode = 1;
  }
}
