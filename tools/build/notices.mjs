/** The licences of everything that a bundle is made from. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MODULES = `${sep}node_modules${sep}`;
const LICENCE =
  /^(?:licen[cs]e|copying|notice|copyright(?:notice)?|third[-_]?party[-_]?notices?)(?:[-.].*)?$/i;
const README = /^readme(?:\..*)?$/i;

/** What every licence text says somewhere, and a mere name or link does not. */
const GRANT = /\bpermission|\bpermitted|\bredistribut|\bpublic domain|\byou may\b|\bagreement\b/i;
const COPYRIGHT =
  /[Cc]opyright ?(?:\([cC]\)|©|\d)|\([cC]\) ?\d|©|^\W*Copyright (?!licen|notice|holder|owner)[A-Za-z]/m;

/** How bundlers name another package whose code they put into a file. */
const HELD = [
  /^\/\*! ?((?:@[\w.-]+\/)?[\w.-]+) v?\d/gm,
  /^[ \t/*!#]*(?:\.{0,2}\/)*node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm,
];

/**
 * One chapter for each package, the project's own first: its name, its version, its licence by name, a copyright line and
 * the text of the licence. The text is that of its licence and notice files, else of its README; a package under the MIT
 * licence without either has that text with its author's name.
 *
 * The packages are those that the bundle's files belong to, those that these files say they hold, and all that they
 * depend on: a published file may hold its dependencies. A package that is held without any of these signs is not seen.
 * @param {{ inputs: object }} metafile esbuild's own, made in this working directory
 * @returns {string} the same for the same packages
 * @throws Error for a package whose licence is not known, which must not be passed on
 */
export function noticesOf({ inputs }) {
  const chapters = new Map(packagesOf(Object.keys(inputs).map((path) => resolve(path))).map(chapter));
  const sorted = [...chapters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  const [, own] = chapter(root);
  return `This bundle contains code of the following packages, or may contain it.\n\n${[own, ...sorted].join('\n')}`;
}

/** The folders of all packages that the files hold code of. */
function packagesOf(files) {
  const folders = new Set();
  const add = (folder) => {
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) add(installed(name, folder));
  };
  for (const file of files) {
    const folder = packageFolder(file);
    if (folder === undefined) continue;
    add(folder);
    const source = readFileSync(file, 'utf8');
    for (const pattern of HELD) for (const [, name] of source.matchAll(pattern)) add(installed(name, folder));
  }
  return [...folders];
}

/** The folder of the package that a file belongs to; none for the project's own. */
function packageFolder(path) {
  const at = path.lastIndexOf(MODULES);
  if (at < 0) return undefined;
  const [scope, name] = path.slice(at + MODULES.length).split(sep);
  const folder = path.slice(0, at + MODULES.length) + (scope.startsWith('@') ? join(scope, name) : scope);
  return existsSync(join(folder, 'package.json')) ? folder : undefined;
}

/** The folder of a package as another one finds it; none where it is not installed. */
function installed(name, from) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (at === dirname(at)) return undefined;
  }
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function chapter(folder) {
  const manifest = manifestOf(folder);
  const title = `${manifest.name} ${manifest.version}`;
  const refuse = (because) => {
    throw new Error(
      `collecting licences: ${title}: ${because}, so it must not be redistributed. Ask its author for a licence file, or use another package.`,
    );
  };
  const license = licenceOf(manifest) ?? refuse('it declares no licence');
  const text = textOf(folder, license) ?? refuse(`it is under ${license} and does not include its text`);
  const by = COPYRIGHT.test(text) ? '' : `Copyright (c) ${authorOf(manifest)}\n\n`;
  return [title, `${'='.repeat(78)}\n${title}\n${license}\n${'-'.repeat(78)}\n${by}${text}\n`];
}

/** By name. Old packages name several, or an object. */
function licenceOf({ license, licenses }) {
  const names = [license ?? licenses ?? []].flat().map((each) => each?.type ?? each);
  return names.length > 0 && names.every((name) => typeof name === 'string') ? names.join(' OR ') : undefined;
}

function authorOf({ author, name }) {
  return (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`;
}

/** @returns none where there is nothing that grants anything */
function textOf(folder, license) {
  const names = readdirSync(folder).sort();
  const textsIn = (pattern) =>
    names.filter((name) => pattern.test(name)).map((name) => readText(join(folder, name)));
  const own = textsIn(LICENCE);
  if (own.some((text) => GRANT.test(text))) return own.join('\n\n');
  const read = textsIn(README).map(licenceSection).join('\n\n');
  const granted = GRANT.test(read) ? read : standardText(license);
  return granted && [...own, granted].join('\n\n');
}

function readText(file) {
  return readFileSync(file, 'utf8').replace(/\r\n?/g, '\n').trim();
}

/** What stands below the heading of the licence, up to the next heading like it; empty without one. */
function licenceSection(readme) {
  const [heading, marks] =
    /^(#+) *(?:the )?(?:mit )?licen[cs]e\b.*|^licen[cs]e *\n[-=]+ *$/im.exec(readme) ?? [];
  if (heading === undefined) return '';
  const below = readme.slice(readme.indexOf(heading) + heading.length);
  const next = marks === undefined ? /^.+\n[-=]{2,} *$/m : new RegExp(`^#{1,${marks.length}} `, 'm');
  // The targets of a README's links stand at its end.
  const text = below.split(next)[0].replace(/^\[[^\]]+\]:.*$/gm, '');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').trim();
}

/** The text of a licence that is the same for everyone but the copyright line; none for any other. */
function standardText(license) {
  if (license === 'UNLICENSED') return 'All rights reserved.';
  if (license !== 'MIT') return undefined;
  const own = readText(join(root, 'LICENSE'));
  return own.slice(own.indexOf('Permission is hereby granted'));
}
