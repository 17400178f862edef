/** Collects the licences of every package in a bundle. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MODULES = `${sep}node_modules${sep}`;
const LICENCE =
  /^(?:licen[cs]e|copying|notice|copyright(?:notice)?|third[-_]?party[-_]?notices?)(?:[-.].*)?$/i;
const README = /^readme(?:\..*)?$/i;

/** Matches words that occur in every licence text, but not in a mere name or link. */
const GRANT = /\bpermission|\bpermitted|\bredistribut|\bpublic domain|\byou may\b|\bagreement\b/i;
const COPYRIGHT =
  /[Cc]opyright ?(?:\([cC]\)|©|\d)|\([cC]\) ?\d|©|^\W*Copyright (?!licen|notice|holder|owner)[A-Za-z]/m;

/** Comments by which bundlers name another package whose code a file contains. */
const HELD = [
  /^\/\*! ?((?:@[\w.-]+\/)?[\w.-]+) v?\d/gm,
  /^[ \t/*!#]*(?:\.{0,2}\/)*node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm,
];

/**
 * The notices file: a chapter for each package, the project's own first. A chapter has the name, the version, the name of the
 * licence, a copyright line and the licence text. The text comes from the licence and notice files, else from the README. For a
 * package under the MIT licence without either, it is the standard text with the author's name; for another one, the text of a package
 * beside it that is published from the same repository under the same licence.
 *
 * The packages are the owners of the bundle's files, the packages that these files name as bundled into them, and the
 * dependencies of all of these, because a published file may contain them. Bundled code that names no package is not found.
 * @param {{ inputs: object }} metafile from esbuild, with paths relative to the working directory
 * @returns {string} the same text for the same packages
 * @throws Error for a package without a known licence, because it must not be redistributed
 */
export function noticesOf({ inputs }) {
  const chapters = new Map(packagesOf(Object.keys(inputs).map((path) => resolve(path))).map(chapter));
  const sorted = [...chapters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  const [, own] = chapter(root);
  return `This bundle contains code of the following packages, or may contain it.\n\n${[own, ...sorted].join('\n')}`;
}

/** The folders of all packages whose code is in the files. */
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

/** The folder of the package that a file belongs to; `undefined` for the project's own files. */
function packageFolder(path) {
  const at = path.lastIndexOf(MODULES);
  if (at < 0) return undefined;
  const [scope, name] = path.slice(at + MODULES.length).split(sep);
  const folder = path.slice(0, at + MODULES.length) + (scope.startsWith('@') ? join(scope, name) : scope);
  return existsSync(join(folder, 'package.json')) ? folder : undefined;
}

/** The folder of a package, resolved from another folder; `undefined` if it is not installed. */
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
  const text =
    textOf(folder, license) ??
    textOfSibling(folder, manifest, license) ??
    refuse(`it is under ${license} and does not include its text`);
  const by = COPYRIGHT.test(text) ? '' : `Copyright (c) ${authorOf(manifest)}\n\n`;
  return [title, `${'='.repeat(78)}\n${title}\n${license}\n${'-'.repeat(78)}\n${by}${text}\n`];
}

/** The name of the licence. Old packages list several, or use an object. */
function licenceOf({ license, licenses }) {
  const names = [license ?? licenses ?? []].flat().map((each) => each?.type ?? each);
  return names.length > 0 && names.every((name) => typeof name === 'string') ? names.join(' OR ') : undefined;
}

function authorOf({ author, name }) {
  return (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`;
}

/** @returns the licence text; `undefined` if no text grants a permission */
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

/** The text of the same licence in a package beside it that is published from the same repository. */
function textOfSibling(folder, { repository }, license) {
  const scope = dirname(folder);
  if (repository?.url === undefined) return undefined;
  for (const name of readdirSync(scope).sort()) {
    const sibling = join(scope, name);
    if (!existsSync(join(sibling, 'package.json'))) continue;
    const other = manifestOf(sibling);
    if (other.repository?.url !== repository.url || licenceOf(other) !== license) continue;
    const text = textOf(sibling, license);
    if (text !== undefined) return text;
  }
  return undefined;
}

function readText(file) {
  return readFileSync(file, 'utf8').replace(/\r\n?/g, '\n').trim();
}

/**
 * The text below a README's licence heading, up to the next heading of that level or a higher one; empty without such a
 * heading.
 */
function licenceSection(readme) {
  const [heading, marks] =
    /^(#+) *(?:the )?(?:mit )?licen[cs]e\b.*|^licen[cs]e *\n[-=]+ *$/im.exec(readme) ?? [];
  if (heading === undefined) return '';
  const below = readme.slice(readme.indexOf(heading) + heading.length);
  const next = marks === undefined ? /^.+\n[-=]{2,} *$/m : new RegExp(`^#{1,${marks.length}} `, 'm');
  // Link targets at the end of a README are not part of the licence.
  const text = below.split(next)[0].replace(/^\[[^\]]+\]:.*$/gm, '');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').trim();
}

/** The standard text of a licence that varies only in its copyright line; `undefined` for other licences. */
function standardText(license) {
  if (license === 'UNLICENSED') return 'All rights reserved.';
  if (license !== 'MIT') return undefined;
  const own = readText(join(root, 'LICENSE'));
  return own.slice(own.indexOf('Permission is hereby granted'));
}
