import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { quoted, withSlashes, type ConnectorFolder } from '../cli/connector-folders';
import type { Finding } from './finding';

/** A tree with every connector below `connectors/`, so that each tool applies one configuration to all. */
export interface StagingCopy {
  readonly root: string;
  /** Rewrites the paths in a finding to the author's own files. */
  toAuthorPaths(finding: Finding): Finding;
}

/** Files that the checks read besides the folders in `tsconfig.json`. */
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
 * Returns the clone itself if it holds all folders. Otherwise makes a temporary copy of the files that the checks read, with
 * the outside folders in it. It is deleted when this process exits.
 */
export function stageTree(root: string, folders: readonly ConnectorFolder[]): StagingCopy {
  const outside = folders.filter(({ path }) => dirname(path) !== join(root, 'connectors'));
  if (outside.length === 0) return { root, toAuthorPaths: (finding) => finding };

  const staged = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-staged-')));
  // Programs that are being stopped may still write into it.
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

/** Rewrites paths that begin with the copy's root or with `connectors/`. */
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

/** A remedy that works in the clone, whose tools do not know the outside folders. */
function asRunInClone(remedy: string, file: string, outside: readonly ConnectorFolder[]): string {
  if (/^(?:npx jest|npm run faults) /.test(remedy)) {
    const parents = new Set(outside.map(({ path }) => dirname(path)));
    return `CONNECTORS_DIR=${quoted([...parents].join(delimiter))} ${remedy}`;
  }
  if (!outside.some(({ shown }) => file.startsWith(`${shown}/`))) return remedy;
  // Prettier would use the outside folder's configuration; ESLint ignores files outside the clone.
  return remedy
    .replace(/^npx prettier/, 'npx prettier --config .prettierrc.json')
    .replace(/^npx eslint .*$/, 'change what the rule reports');
}
