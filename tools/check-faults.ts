import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Check, Finding } from './finding';

/** How many random mixes of faults each connector meets in that time. */
const MIXES = 5;

interface Report {
  readonly results: readonly {
    readonly connector: string;
    readonly fault: string;
    readonly failures: readonly { readonly again: string; readonly broken: readonly string[] }[];
  }[];
}

/** The rig, for as long as the scope says: what a connector loses when everything around it breaks. */
export const checkFaults: Check = async ({ isAll, names, root, seconds }) => {
  if (seconds === 0) return [];
  const only = isAll ? [] : names.flatMap((name) => ['--connector', name]);
  const limits = ['--seconds', String(seconds), '--seeds', String(MIXES)];
  const words = [join(root, 'proof', 'run.mjs'), '--json', ...limits, ...only];
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString('utf8');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const [out = '', error = ''] = texts.map((text) => text());
  // A folder that does not even load is told of by the check of folders.
  if (code === 2) return [];
  const line = out.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`Trying faults: ${error.trim()}`);
  return (JSON.parse(line) as Report).results.flatMap(({ connector, failures, fault }) =>
    failures.map(({ again, broken }): Finding => ({
      file: `connectors/${connector.split('/')[0] ?? ''}/index.ts`,
      line: 1,
      what: `under ${fault}: ${broken.join('; ')}`,
      remedy: again,
    })),
  );
};
