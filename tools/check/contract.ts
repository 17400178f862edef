import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { stringifyJson } from '../../shared/values/json/json';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withSlashes } from '../cli/connector-folders';
import type { Check, Finding, Scope } from './finding';
import { runProgram } from './run-program';

/** The suite that tests every connector folder; its tests are named `<folder> … <number> <sentence>`. */
const SUITE = 'test/contract/connectors.test.ts';

/**
 * This test fails if fixtures cannot be played. It is ignored here, because the check of folders reports the same with the
 * file's name.
 */
const PLAYED = ' its fixtures can be played';

/** This test concerns all folders. It is ignored here, because the check of folders reports one that does not load. */
const ALL_LOAD = 'every folder loads';

/** Runs the contract suite, and the folder's own tests if it has any. */
export const checkContract: Check = async (scope) => {
  const own = scope.folders.filter(({ path }) => hasTests(path));
  return runTests(scope, [SUITE, ...own.map(({ name }) => `connectors/${name}/`)]);
};

function hasTests(folder: string): boolean {
  return readdirSync(folder).some((file) => file.endsWith('.test.ts'));
}

interface TestFile {
  readonly name: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

/**
 * Runs Jest without the global setup and teardown, which build and delete `dist/`: these tests need no build, and this program
 * runs from `dist/`.
 */
async function runTests(
  { folders, isAll, root }: Scope,
  paths: readonly string[],
): Promise<readonly Finding[]> {
  const config = createRequire(join(root, 'package.json'))('./jest.config.js') as Record<string, unknown>;
  const { globalSetup: _, globalTeardown: __, ...settings } = config;
  const folder = mkdtempSync(join(tmpdir(), 'tributary-check-'));
  const file = join(folder, 'tests.json');
  try {
    const args = [
      ...['--config', stringifyJson({ ...settings, rootDir: root })],
      // Other checks run in parallel, and each process of Jest would load the framework again.
      '--runInBand',
      // A failed test may leave a simulated vendor open.
      ...['--json', '--outputFile', file, '--forceExit'],
      ...(isAll ? [] : ['--testNamePattern', `^(?!${ALL_LOAD}$)`]),
      ...paths,
    ];
    const only = { CONTRACT_ONLY: folders.map(({ name }) => name).join(',') };
    const { error } = await runProgram(root, 'jest', 'bin/jest.js', args, only);
    if (!existsSync(file)) return [unfinished(paths, error)];
    const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as { testResults: TestFile[] };
    return testResults.flatMap((result) => failuresIn(result, folders, root));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The finding for a run without results: a test called `process.exit`, or threw after its end. */
function unfinished(paths: readonly string[], error: string): Finding {
  const last = error.trim().split('\n').slice(-LAST_LINES).join(' ');
  return {
    file: paths.at(-1) ?? SUITE,
    line: 1,
    what: `The tests ended before their results were written: ${firstLines(last)}`,
    remedy: `npx jest ${paths.join(' ')}`,
  };
}

function failuresIn(
  { assertionResults, message, name }: TestFile,
  folders: Scope['folders'],
  root: string,
): readonly Finding[] {
  const where = withSlashes(name.slice(root.length + 1));
  if (assertionResults.length === 0) {
    return [{ file: where, line: 1, what: firstLines(message), remedy: `npx jest ${where}` }];
  }
  return assertionResults
    .filter(({ fullName, status }) => status === 'failed' && !fullName.endsWith(PLAYED))
    .map(({ failureMessages, fullName }): Finding => {
      const folder = folders.find((one) => fullName.startsWith(`${one.name} `));
      const own = where === SUITE && folder !== undefined ? `connectors/${folder.name}/index.ts` : where;
      const quoted = fullName.replace(/[\\^$.*+?()[\]{}|"]/g, '.');
      return {
        file: own,
        line: 1,
        what: `${fullName}: ${firstLines(failureMessages[0] ?? '')}`,
        remedy: `npx jest ${where} -t "^${quoted}"`,
      };
    });
}

const SHOWN_CHARACTERS = 300;
/** How many lines of Jest's output are searched for the reason. */
const LAST_LINES = 8;

/** The message of a failed test, without its stack and colours. */
function firstLines(text: string): string {
  // eslint-disable-next-line no-control-regex -- the colours of a terminal
  const plain = text.replace(/\u001b\[\d+m/g, '').split(/\n\s+at /)[0] ?? '';
  const line = plain.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
}
