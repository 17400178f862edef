import { join } from 'node:path';
import type { Check, Finding, Scope } from './finding';
import { runScript } from './run-program';

/** How many random mixes of faults each connector is tested with. */
const MIXES = 5;

interface Report {
  readonly results: readonly {
    readonly connector: string;
    readonly fault: string;
    readonly failures: readonly { readonly rerun: string; readonly violations: readonly string[] }[];
  }[];
}

/** The Data Collector API belongs to no connector folder. */
function fileOf(connector: string, folders: Scope['folders']): string {
  return folders.some(({ name }) => name === connector)
    ? `connectors/${connector}/index.ts`
    : 'shared/run/push-service.ts';
}

/** Runs the fault tests for the scope's number of seconds. */
export const checkFaults: Check = async ({ folders, isAll, root, seconds }) => {
  const only = isAll ? [] : folders.flatMap(({ name }) => ['--connector', name]);
  const limits = ['--seconds', String(seconds), '--seeds', String(MIXES)];
  const args = ['--json', ...limits, ...only];
  const { code, error, out } = await runScript(root, join(root, 'test', 'faults', 'run.mjs'), args);
  // The check of folders reports a folder that does not load.
  if (code === 2) return [];
  const line = out.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`Running the fault tests: ${error.trim()}`);
  return (JSON.parse(line) as Report).results.flatMap(({ connector, failures, fault }) =>
    failures.map(({ rerun, violations }): Finding => ({
      file: fileOf(connector.split('/')[0] ?? '', folders),
      line: 1,
      what: `under ${fault}: ${violations.join('; ')}`,
      remedy: rerun,
    })),
  );
};
