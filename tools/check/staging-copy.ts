import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { quoted, withSlashes, type ConnectorFolder } from '../cli/connector-folders';
import type { Finding } from './finding';

/** A tree in which every connector lies below `connectors/`, so that each tool judges all by one configuration. */
export interface StagingCopy {
  readonly root: string;
  /** A finding in the tree, told of the files as their author has them. */
  toAuthorPaths(finding: Finding): Finding;
}

/** What the checks read beside the folders that `tsconfig.json` includes. */
const COPIED_FILES = [
  'package.json',
  'tsconfig.json',
  'jest.config.js',
  'eslint.config.mjs',
  '.prettierrc.json',
  '.prettierignore',
  'host.json',
];

/**
 * The clone itself where it holds all folders; else a copy of what the checks read, with those from outside in it, for
 * as long as this process lives.
 */
export function stageTree(root: string, folders: readonly ConnectorFolder[]): StagingCopy {
  const outside = folders.filter(({ path }) => dirname(path) !== join(root, 'connectors'));
  if (outside.length === 0) return { root, toAuthorPaths: (finding) => finding };

  const staged = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-staged-')));
  // Programs that were just ended may still write into it.
  const patience = { maxRetries: 10, retryDelay: 100 };
  process.once('exit', () => rmSync(staged, { recursive: true, force: true, ...patience }));
  copyTree(root, staged);
  for (const { name, path } of outside) copyFolder(path, join(staged, 'connectors', name));
  return { root: staged, toAuthorPaths: (finding) => withAuthorPaths(finding, staged, outside) };
}

function copyTree(root: string, laid: string): void {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
    readonly include: readonly string[];
  };
  for (const name of [...COPIED_FILES, ...include])
    if (existsSync(join(root, name))) copyFolder(join(root, name), join(laid, name));
  symlinkSync(join(root, 'node_modules'), join(laid, 'node_modules'), 'junction');
}

function copyFolder(from: string, to: string): void {
  const isOurs = (path: string): boolean => !['.git', 'node_modules'].includes(basename(path));
  cpSync(realpathSync(from), to, { recursive: true, filter: isOurs });
}

/** Paths in the tree, which begin with it or at `connectors/`. */
function withAuthorPaths(finding: Finding, laid: string, outside: readonly ConnectorFolder[]): Finding {
  const toAuthorPaths = (text: string, written: (path: string) => string = (path) => path): string =>
    text
      .replaceAll(`${withSlashes(laid)}/`, '')
      .replace(/(?<![\w./-])connectors\/([\w-]+)([\w./-]*)/g, (own, name: string, rest: string) => {
        const folder = outside.find((one) => one.name === name);
        return folder === undefined ? own : written(folder.shown + rest);
      });
  const file = toAuthorPaths(finding.file);
  const remedy = toAuthorPaths(finding.remedy, quoted);
  return { ...finding, file, what: toAuthorPaths(finding.what), remedy: asRunInClone(remedy, file, outside) };
}

/** A command as it works in the clone, which knows nothing of folders outside. */
function asRunInClone(remedy: string, file: string, outside: readonly ConnectorFolder[]): string {
  if (/^(?:npx jest|npm run faults) /.test(remedy)) {
    const parents = new Set(outside.map(({ path }) => dirname(path)));
    return `CONNECTORS_DIR=${quoted([...parents].join(delimiter))} ${remedy}`;
  }
  if (!outside.some(({ shown }) => file.startsWith(`${shown}/`))) return remedy;
  // Prettier would take the configuration that lies there; ESLint looks at nothing outside the clone.
  return remedy
    .replace(/^npx prettier/, 'npx prettier --config .prettierrc.json')
    .replace(/^npx eslint .*$/, 'change what the rule names');
}
