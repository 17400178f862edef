import { parseArgs } from 'node:util';
import { keptByNpm } from './kept-by-npm.mjs';

/**
 * Reads the words of an npm script, strictly.
 * @param {import('node:util').ParseArgsConfig['options']} options
 * @returns what was given @throws Error for a word that the script does not take, and for what npm kept for itself
 */
export function scriptWords(options, argv = process.argv.slice(2), env = process.env) {
  const kept = keptByNpm(env, argv);
  if (kept !== undefined) throw new Error(kept);
  try {
    return parseArgs({ args: argv, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [sentence] = error.message.split('. ');
    const taken = Object.entries(options).map(([name, { type }]) =>
      type === 'string' ? `--${name} <${name}>` : `--${name}`,
    );
    throw new Error(`${sentence.replace(/\.$/, '')}. It takes ${taken.join(', ')}.`, { cause: error });
  }
}
