import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a development package's program in a tree. @throws Error when the package is not installed */
export function runProgram(
  root: string,
  name: string,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramEnd> {
  return runScript(root, join(packageFolder(root, name), file), args, env);
}

/** Runs a script without a shell in a tree that has only the given connectors. The script is ended with this process. */
export async function runScript(
  root: string,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, CONNECTORS_DIR: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): void => void child.kill('SIGKILL');
  // Registered before the handler that deletes the tree, so that it runs first.
  process.prependOnceListener('exit', end);
  const texts = [child.stdout, child.stderr].map((stream) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return () => text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('exit', end);
  return { code: code ?? 1, out: texts[0]?.() ?? '', error: texts[1]?.() ?? '' };
}

function packageFolder(root: string, name: string): string {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch (cause) {
    throw new Error(
      `Checking needs the package ${name}, which is not installed. Run "npm ci" in the clone.`,
      {
        cause,
      },
    );
  }
}
