/** What `start` takes, and whether a value goes with it. */
const OPTIONS = { port: true, data: true, connectors: true, fresh: false, once: false, simulators: false };

/**
 * npm takes what stands before `--` for its own, and tells a script of it in `npm_config_<name>`: what was asked for
 * would not be done, and nothing would say so.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {readonly string[]} words what npm passed on: the values that it did not take
 * @returns {string | undefined} what to write instead; `undefined` where npm kept nothing
 * @see https://docs.npmjs.com/cli/commands/npm-run
 */
export function keptByNpm(env, words) {
  if (env.npm_lifecycle_event !== 'start') return undefined;
  const values = words.filter((word) => !word.startsWith('-'));
  const kept = Object.entries(OPTIONS).flatMap(([name, hasValue]) => {
    const given = env[`npm_config_${name}`];
    if (given === undefined || words.includes(`--${name}`)) return [];
    if (!hasValue) return [given === '' || given === 'false' ? `--no-${name}` : `--${name}`];
    return [`--${name} ${given === 'true' ? (values.shift() ?? '<value>') : given}`];
  });
  if (kept.length === 0) return undefined;
  return `npm kept ${kept.map((option) => option.split(' ')[0]).join(', ')} for itself. Write: npm start -- ${kept.join(' ')}`;
}
