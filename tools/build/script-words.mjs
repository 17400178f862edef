import { parseArgs } from 'node:util';
import { SCRIPTS, hasValue, keptByNpm } from './kept-by-npm.mjs';

/**
 * Reads the words of an npm script, strictly.
 * @param {string} script one that `kept-by-npm.mjs` knows
 * @returns what was given @throws Error for a word that the script does not take, and for what npm kept for itself
 */
export function scriptWords(script, argv = process.argv.slice(2), env = process.env) {
  const kept = keptByNpm(env, argv);
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

/** The words of a script that is a whole program: it ends before it begins where they are wrong. */
export function wordsOf(script) {
  try {
    return scriptWords(script);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
