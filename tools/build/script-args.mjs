import { parseArgs } from 'node:util';
import { SCRIPTS, hasValue, missingSeparatorHint } from './script-options.mjs';

/**
 * Parses the arguments of an npm script strictly.
 * @param {string} script a script listed in `script-options.mjs`
 * @returns the parsed options @throws Error for an unknown argument, and for an option that npm kept for itself
 */
export function scriptArgs(script, argv = process.argv.slice(2), env = process.env) {
  const kept = missingSeparatorHint(env, argv);
  if (kept !== undefined) throw new Error(kept);
  const taken = Object.entries(SCRIPTS[script] ?? {});
  const options = taken.map(([name, kind]) => [
    name,
    { type: hasValue(kind) ? 'string' : 'boolean', multiple: kind === 'values' },
  ]);
  try {
    return parseArgs({
      args: argv,
      options: Object.fromEntries(options),
      strict: true,
      allowPositionals: false,
    }).values;
  } catch (error) {
    const [sentence] = error.message.split('. ');
    const names = taken.map(([name, kind]) => (hasValue(kind) ? `--${name} <${name}>` : `--${name}`));
    throw new Error(`${sentence.replace(/\.$/, '')}. It takes ${names.join(', ')}.`, { cause: error });
  }
}

/** The arguments of a script that is a whole program. Exits with 1 before any work when they are wrong. */
export function argsOf(script) {
  try {
    return scriptArgs(script);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
