import { join, relative } from 'node:path';
import { lintCache, narrowProject } from './cache';
import { withSlashes } from '../cli/connector-folders';
import type { Check, Finding, Scope } from './finding';
import { runProgram } from './run-program';

/** Checks of a folder's code: types, lint, format. */

const TYPE_ERROR = /^(.+?)\((\d+),\d+\): error (TS\d+): (.+)$/gm;

/** Reports type errors in the folders, but not in the files that they import. */
export const checkTypes: Check = async (scope) => {
  const kept = join(scope.cache, 'types.tsbuildinfo');
  const { out } = await runProgram(scope.root, 'typescript', 'lib/tsc.js', [
    ...['--project', narrowProject(scope), '--noEmit', '--pretty', 'false'],
    ...['--incremental', '--tsBuildInfoFile', kept],
  ]);
  const all = [...out.matchAll(TYPE_ERROR)].map(([, file = '', line, code = '', text = '']): Finding => ({
    file: withSlashes(file),
    line: Number(line),
    what: `${text} (${code})`,
    remedy: 'correct the types; shared/contract defines them',
  }));
  return all.filter(({ file }) => scope.isAll || isInScope(scope, file));
};

interface LintResult {
  readonly filePath: string;
  readonly messages: readonly {
    readonly line?: number;
    readonly message: string;
    readonly ruleId: string | null;
    readonly fix?: object;
  }[];
}

export const checkLint: Check = async (scope) => {
  const args = [
    ...['--format', 'json', '--no-error-on-unmatched-pattern'],
    ...['--parser-options', 'projectService:false', '--parser-options', `project:${narrowProject(scope)}`],
    ...['--cache', '--cache-strategy', 'content', '--cache-location', lintCache(scope)],
    ...foldersOf(scope),
  ];
  const { error, out } = await runProgram(scope.root, 'eslint', 'bin/eslint.js', args);
  if (!out.startsWith('[')) throw new Error(`Running ESLint: ${error.trim()}`);
  return (JSON.parse(out) as LintResult[]).flatMap(({ filePath, messages }) => {
    const file = withSlashes(relative(scope.root, filePath));
    return messages.map(({ fix, line = 1, message, ruleId }): Finding => ({
      file,
      line,
      what: `${message}${ruleId === null ? '' : ` (${ruleId})`}`,
      remedy: fix === undefined ? 'change what the rule reports' : `npx eslint --fix ${file}`,
    }));
  });
};

export const checkFormat: Check = async (scope) => {
  const args = ['--list-different', ...foldersOf(scope)];
  const { error, out } = await runProgram(scope.root, 'prettier', 'bin/prettier.cjs', args);
  const differs = out
    .split('\n')
    .filter((file) => file !== '')
    .map((file): Finding => ({
      file,
      line: 1,
      what: 'it is not formatted',
      remedy: `npx prettier --write ${file}`,
    }));
  const unreadable = [...error.matchAll(/^\[error\] (.+?): (\w*Error: .+) \((\d+):\d+\)$/gm)].map(
    ([, file = '', what = '', line]): Finding => ({
      file,
      line: Number(line),
      what,
      remedy: 'make it text of its kind',
    }),
  );
  return [...differs, ...unreadable];
};

function foldersOf({ folders }: Scope): string[] {
  return folders.map(({ name }) => `connectors/${name}`);
}

function isInScope({ folders }: Scope, file: string): boolean {
  return folders.some(({ name }) => file.startsWith(`connectors/${name}/`));
}
