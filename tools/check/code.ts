import { join } from 'node:path';
import type { Check, Finding, Scope } from './finding';
import { runProgram, runScript } from './run-program';

/** Checks of a folder's code: types, lint, format. */

interface Problem {
  /** Relative to the tree. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

interface Found {
  readonly types: readonly Problem[];
  readonly lint: readonly (Problem & { readonly hasFix: boolean })[];
}

/** Reports type errors in the folders, but not in the files that they import, and what ESLint reports. */
export const checkTypesAndLint: Check = async (scope) => {
  const script = join(scope.root, 'tools', 'check', 'types-and-lint.mjs');
  const { error, out } = await runScript(scope.root, script, [scope.root, ...foldersOf(scope)]);
  if (!out.startsWith('{')) throw new Error(`Running TypeScript and ESLint: ${error.trim()}`);
  const { lint, types } = JSON.parse(out) as Found;
  return [
    ...types.map(({ file, line, text }): Finding => ({
      ...{ file, line, what: text },
      remedy: 'correct the types; shared/contract defines them',
    })),
    ...lint.map(({ file, hasFix, line, text }): Finding => ({
      ...{ file, line, what: text },
      remedy: hasFix ? `npx eslint --fix ${file}` : 'change what the rule reports',
    })),
  ];
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
