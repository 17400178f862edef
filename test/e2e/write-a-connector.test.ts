import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { transformSync } from '@swc/core';
import { folders } from '../../connectors/list';
import * as shared from '../../shared';
import { rest, type RestSpec } from '../../shared';

/* Follows the guide for authors step by step, in a copy of the tree with one connector, however many there are. */

const ROOT = join(__dirname, '..', '..');
const GUIDE = readFileSync(join(ROOT, 'docs', 'write-a-connector.md'), 'utf8');
/** The package that holds the command: `tools/package.json`. */
const COMMAND = 'tributary-command';
const LEFT_OUT = /^(?:node_modules|\.git|\.tributary|dist(?:-\d+)?|coverage)$/;

interface Block {
  readonly language: string;
  /** The words after the language: a file, or the kind of the block. */
  readonly words: readonly string[];
  readonly text: string;
}

const blocks = [...GUIDE.matchAll(/^```(\w+)(?: (.+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', words = '', text = '']): Block => ({ language, words: words.split(' '), text }),
);
const snippets = blocks.filter(({ words }) => words[0] === 'rest');

const home = mkdtempSync(join(tmpdir(), 'tributary-guide-'));
const tree = join(home, 'tributary');
const CONNECTORS = join(ROOT, 'connectors');
beforeAll(() => {
  const [, ...others] = folders().map(({ name }) => join(CONNECTORS, name));
  const isLeftOut = (path: string): boolean =>
    others.includes(path) || (dirname(path) === ROOT && LEFT_OUT.test(basename(path)));
  cpSync(ROOT, tree, { recursive: true, filter: (path) => !isLeftOut(path) });
  linkPackages(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Links every package, and the command to this tree's own, so that `npx tributary` runs the copy. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  cpSync(join(from, '.bin'), join(to, '.bin'), { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(tree, 'tools'), join(to, COMMAND), 'junction');
  for (const name of readdirSync(from).filter((name) => name !== '.bin' && name !== COMMAND)) {
    if (statSync(join(from, name)).isDirectory()) symlinkSync(join(from, name), join(to, name), 'junction');
  }
}

/** Runs commands as a reader types them. @returns their output; `failed` is empty if all succeeded */
function type(commands: string): Promise<{ readonly failed: string; readonly out: string }> {
  const { JEST_WORKER_ID: _, NODE_ENV: __, ...others } = process.env;
  // Nothing here needs the registry; this keeps npm from looking for updates.
  const env = { ...others, npm_config_offline: 'true', npm_config_update_notifier: 'false' };
  return new Promise((done) => {
    execFile('sh', ['-e', '-c', commands], { cwd: tree, env }, (error, out, told) =>
      done({ failed: error === null ? '' : `${commands}\n${out}\n${told}`, out }),
    );
  });
}

/** Writes a file of the guide. `first-line` replaces the first line of an existing one. */
function write({ text, words: [name = '', how] }: Block): void {
  const file = join(tree, name);
  mkdirSync(dirname(file), { recursive: true });
  const rest = how === 'first-line' ? readFileSync(file, 'utf8').replace(/^.*\n/, '') : '';
  writeFileSync(file, text + rest);
}

test('every command of the guide works, in order, with the files as they are', async () => {
  // The guide begins with the README's first commands, which take long in a large tree; the checks of a change run them.
  const steps = blocks.filter(
    ({ text, words: [use = ''] }) => use !== 'rest' && use !== 'sketch' && !text.startsWith('npm start '),
  );
  // `npm ci` builds; the packages are linked here.
  let said = (await type('npm run prepare')).out;
  for (const block of steps) {
    if (block.language !== 'sh') {
      write(block);
      continue;
    }
    const { failed, out } = await type(block.text);
    expect(failed).toBe('');
    said += out;
  }
  expect(said).toContain('acme/alerts');
  expect(said).toContain('"badge":"0042"');
  for (const name of ['acme', 'acme-badges']) expect(said).toContain(`\n${name}: ready\n`);
  expect(said).toMatch(/acme-badges\/uses +caught-up/);
  expect(said).toContain('1 records in 1 post, 1 rows');
  expect(said).toContain('acme-visits/visits  (its fixtures, signed as its vendor signs)');
  expect(readFileSync(join(tree, 'README.md'), 'utf8')).toContain('\nAcme Locks · ');
}, 600_000);

test('there is a snippet for each kind of authentication and of paging', () => {
  const all = snippets.map(({ text }) => text).join('\n');
  const kinds = ['bearer', 'header', 'signature', 'link', 'cursor', 'time'].map((kind) => `kind: '${kind}'`);
  const stops = ['no-next', 'empty-page', 'unless', 'short-page'];
  expect(kinds.filter((kind) => !all.includes(kind))).toEqual([]);
  expect(stops.filter((stop) => !GUIDE.includes(stop))).toEqual([]);
});

test.each(snippets.map(({ text }) => [text]))('the snippet can work: %s', (text) => {
  const { code } = transformSync(`const snippet = {${text}};`, { jsc: { target: 'es2022' } });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the guide's own text
  const read = new Function(...Object.keys(shared), `${code}\nreturn snippet;`) as (
    ...values: unknown[]
  ) => Partial<RestSpec>;
  const spec: RestSpec = {
    base: 'url',
    path: '/',
    records: 'items',
    next: { kind: 'link' },
    stop: { on: 'empty-page' },
    resume: 'cursor',
    since: { in: 'query', name: 'since' },
  };
  expect(() => rest({ ...spec, ...read(...Object.values(shared)) })).not.toThrow();
});
