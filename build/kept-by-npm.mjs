/**
 * What each script takes. `value`: a value goes with it; `flag`: it is on where it is named; `not`: it is off where
 * `--no-<name>` is named.
 */
const SCRIPTS = {
  start: {
    port: 'value',
    data: 'value',
    connectors: 'value',
    fresh: 'flag',
    once: 'flag',
    json: 'flag',
    simulators: 'not',
  },
  build: { connectors: 'value', watch: 'flag' },
  watch: { connectors: 'value' },
  package: { out: 'value', connectors: 'value' },
  func: { inspect: 'flag', port: 'value' },
  generate: { check: 'flag' },
};

/**
 * npm takes what stands before `--` for its own, and tells a script of it in `npm_config_<name>`: what was asked for
 * would not be done, and nothing would say so.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {readonly string[]} words what npm passed on: the values that it did not take
 * @returns {string | undefined} what to write instead; `undefined` where npm kept nothing
 * @see https://docs.npmjs.com/cli/commands/npm-run
 */
export function keptByNpm(env, words) {
  // A `pre` script gets the same variables, and none of the words.
  const script = (env.npm_lifecycle_event ?? '').replace(/^pre(?=func$)/, '');
  const values = words.filter((word) => !word.startsWith('-'));
  const kept = Object.entries(SCRIPTS[script] ?? {}).flatMap(([name, kind]) => {
    const given = env[`npm_config_${name}`];
    const isGiven = words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
    if (given === undefined || isGiven) return [];
    if (kind === 'value') return [`--${name} ${given === 'true' ? (values.shift() ?? '<value>') : given}`];
    const isOff = given === '' || given === 'false';
    // What is so anyway need not be written.
    if (isOff !== (kind === 'not')) return [];
    return [isOff ? `--no-${name}` : `--${name}`];
  });
  if (kept.length === 0) return undefined;
  const run = script === 'start' ? 'npm start' : `npm run ${script}`;
  return `npm kept ${kept.map((option) => option.split(' ')[0]).join(', ')} for itself. Write: ${run} -- ${kept.join(' ')}`;
}

/**
 * Whether a command will take its words, judged without loading the command.
 * @param {string} command one of those above
 * @param {readonly string[]} words what stands after it
 * @returns {boolean} true where each is an option, with a value where one goes with it, and a port is a port
 */
export function areOptions(command, words) {
  const left = [...words];
  while (left.length > 0) {
    const [, no = '', name = '', value] = /^--(no-)?([a-z]+)(?:=(.*))?$/.exec(left.shift() ?? '') ?? [];
    const kind = SCRIPTS[command]?.[name];
    if (kind === undefined || (no !== '') !== (kind === 'not')) return false;
    const given = kind === 'value' ? (value ?? left.shift()) : value;
    if ((kind === 'value') !== (given !== undefined)) return false;
    if (name === 'port' && !(/^\d+$/.test(given) && Number(given) <= 65_535)) return false;
  }
  return true;
}
