import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { INVENTED } from './invented';

const ROOT = join(__dirname, '..', '..');

/** The folders that the command line and a connector need. */
const LEAST = ['tools', 'dist/cli.js', 'connectors'];

/** The folders that `check` also reads. */
export const CHECKED = [
  ...LEAST,
  ...['shared', 'local', 'test/faults', 'test/contract', 'test/fakes', 'test/fixtures'],
  ...['package.json', 'tsconfig.json', 'jest.config.js', 'eslint.config.mjs'],
  ...['.prettierrc.json', '.prettierignore'],
];

/** A temporary clone with the built command line and the invented connectors, which a test may change. */
export interface Clone {
  readonly root: string;
  /** Runs a command to its end, with only the given environment. */
  tributary(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Starts a command that does not end by itself. */
  start(words: readonly string[], env?: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams;
  /** Ends all started commands and removes the folder. */
  remove(): void;
}

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** The folders that also a start of connectors outside the tree reads, which builds the app. */
export const BUILT = [...CHECKED, 'functions', 'host.json', 'LICENSE'];

/**
 * Copies parts of the tree.
 * @param only the connectors that it has; the invented ones if none are named
 */
export function makeClone(what: readonly string[] = LEAST, only: readonly string[] = []): Clone {
  const root = mkdtempSync(join(tmpdir(), 'tributary-clone-'));
  for (const name of what) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    if (name !== 'connectors') cpSync(join(ROOT, name), join(root, name), { recursive: true });
    if (/^(?:connectors$|dist\b)/.test(name))
      cpSync(join(INVENTED, name), join(root, name), { recursive: true });
  }
  const connectors = join(root, 'connectors');
  const left =
    only.length === 0
      ? []
      : readdirSync(connectors).filter((name) => name !== 'list.ts' && !only.includes(name));
  for (const name of left) rmSync(join(connectors, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'junction');
  const started: ChildProcessWithoutNullStreams[] = [];
  const start: Clone['start'] = (words, env = {}) => {
    const child = spawn(process.execPath, [join(root, 'tools', 'bin', 'tributary'), ...words], {
      cwd: root,
      env: { ...inheritedEnvironment(), ...env },
    });
    started.push(child);
    return child;
  };
  return {
    root,
    start,
    async tributary(words, env) {
      const child = start(words, env);
      const texts = [child.stdout, child.stderr].map((stream) => {
        let text = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        return () => text;
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, out: texts[0]?.() ?? '', error: texts[1]?.() ?? '' };
    },
    remove() {
      started.forEach((child) => child.kill('SIGKILL'));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Resolves with all output when a stream has written a text. */
export function said(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  return new Promise((done, fail) => {
    let heard = '';
    const listen = (chunk: Buffer | string): void => {
      heard += String(chunk);
      if (!heard.includes(text)) return;
      stream.off('data', listen);
      done(heard);
    };
    stream.on('data', listen);
    stream.once('close', () => fail(new Error(`it ended and never said ${text}: ${heard}`)));
  });
}
