/** The licences of everything that a bundle is made from. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

const MODULES = `${sep}node_modules${sep}`;
const LICENCE = /^(?:licen[cs]e|copying|notice|third[-_]?party[-_]?notices?)(?:[-.].*)?$/i;

/**
 * One chapter for each package: its name, its version, its licence by name, and whatever licence and notice files it has.
 * @param {{ inputs: object }} metafile esbuild's own, made in this working directory
 * @returns {string} the same for the same packages
 * @throws Error for a package that names no licence, which must not be passed on
 */
export function noticesOf({ inputs }) {
  const folders = new Set(Object.keys(inputs).flatMap((path) => packageFolder(resolve(path))));
  const chapters = new Map([...folders].map(chapter));
  const sorted = [...chapters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return `This bundle holds the following packages.\n\n${sorted.join('\n')}`;
}

/** The folder of the package that a file belongs to; none for the project's own. */
function packageFolder(path) {
  const at = path.lastIndexOf(MODULES);
  if (at < 0) return [];
  const [scope, name] = path.slice(at + MODULES.length).split(sep);
  const folder = path.slice(0, at + MODULES.length) + (scope.startsWith('@') ? join(scope, name) : scope);
  return existsSync(join(folder, 'package.json')) ? [folder] : [];
}

function chapter(folder) {
  const { author, license, name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`collecting licences: ${name} ${version} names none.`);
  const files = readdirSync(folder).filter((file) => LICENCE.test(file));
  const texts = files
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replace(/\r\n?/g, '\n').trim());
  const by = typeof author === 'string' ? author : author?.name;
  const known = texts.length > 0 || by === undefined ? texts : [`By ${by}.`];
  const title = `${name} ${version}`;
  return [title, `${'='.repeat(78)}\n${title}\n${license}\n${'-'.repeat(78)}\n${known.join('\n\n')}\n`];
}
