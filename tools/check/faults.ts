import { join } from 'node:path';
import type { Check, Finding, Scope } from './finding';
import { runScript } from './run-program';

/** How many random mixes of faults each connector meets in that time. */
const MIXES = 5;

interface Report {
  readonly results: readonly {
    readonly connector: string;
    readonly fault: string;
    readonly failures: readonly { readonly again: string; readonly broken: readonly string[] }[];
  }[];
}

/** What is pushed belongs to no folder. */
function fileOf(connector: string, folders: Scope['folders']): string {
  return folders.some(({ name }) => name === connector)
    ? `connectors/${connector}/index.ts`
    : 'shared/run/push-service.ts';
}

/** The rig, for as long as the scope says: what a connector loses when everything around it breaks. */
export const checkFaults: Check = async ({ folders, isAll, root, seconds }) => {
  const only = isAll ? [] : folders.flatMap(({ name }) => ['--connector', name]);
  const limits = ['--seconds', String(seconds), '--seeds', String(MIXES)];
  const args = ['--json', ...limits, ...only];
  const { code, error, out } = await runScript(root, join(root, 'test', 'faults', 'run.mjs'), args);
  // A folder that does not even load is told of by the check of folders.
  if (code === 2) return [];
  const line = out.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`Trying faults: ${error.trim()}`);
  return (JSON.parse(line) as Report).results.flatMap(({ connector, failures, fault }) =>
    failures.map(({ again, broken }): Finding => ({
      file: fileOf(connector.split('/')[0] ?? '', folders),
      line: 1,
      what: `under ${fault}: ${broken.join('; ')}`,
      remedy: again,
    })),
  );
};
