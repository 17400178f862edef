import { checkFormat, checkLint, checkTypes } from './check-code';
import { checkContract } from './check-contract';
import { checkFaults } from './check-faults';
import { checkFolders } from './check-folder';
import { connectorFolders, findFolder } from './connector-folders';
import { findingLine, type Check, type Finding } from './finding';
import { layTree } from './laid-tree';

/** Every check there is. Each looks for itself; they run side by side. */
const CHECKS: readonly Check[] = [
  checkFolders,
  checkTypes,
  checkLint,
  checkFormat,
  checkContract,
  checkFaults,
];

/** What `tributary check` is told. */
export interface CheckCommand {
  /** For how long faults are tried. */
  readonly seconds: number;
}

/** `tributary check`: everything that a connector must pass before it is merged. @returns 0 when it is ready, else 1 */
export async function check(
  root: string,
  outside: readonly string[],
  name: string | undefined,
  { seconds }: CheckCommand,
): Promise<number> {
  const known = connectorFolders(root, outside);
  const folders = name === undefined ? known : [findFolder(known, name)];
  // So that what is temporary goes: a signal alone ends a process without its exit.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const tree = layTree(root, known);
  const found = await Promise.all(
    CHECKS.map((one) => one({ root: tree.root, folders, isAll: name === undefined, seconds })),
  );
  const findings = distinct(found.flat().map(tree.truly));
  for (const finding of findings) process.stdout.write(`${findingLine(finding)}\n`);
  process.stdout.write(
    findings.length === 0
      ? `${folders.map((folder) => folder.name).join(', ')}: ready\n`
      : `${findings.length} ${findings.length === 1 ? 'thing' : 'things'} to correct\n`,
  );
  return findings.length === 0 ? 0 : 1;
}

/** Two checks that see the same say it once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [findingLine(finding), finding])).values()];
}
