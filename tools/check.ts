import { join } from 'node:path';
import { checkFormat, checkLint, checkTypes } from './check-code';
import { checkContract } from './check-contract';
import { checkFaults } from './check-faults';
import { checkFolders } from './check-folder';
import { findingLine, type Check, type Finding, type Scope } from './finding';
import { findFolder, folderNames } from './fresh-folder';

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
  name: string | undefined,
  { seconds }: CheckCommand,
): Promise<number> {
  const connectors = join(root, 'connectors');
  const known = folderNames(connectors);
  if (name !== undefined) findFolder(connectors, name);
  const scope: Scope = {
    root,
    names: name === undefined ? known : [name],
    isAll: name === undefined,
    seconds,
  };
  const findings = distinct((await Promise.all(CHECKS.map((one) => one(scope)))).flat());
  for (const finding of findings) process.stdout.write(`${findingLine(finding)}\n`);
  process.stdout.write(
    findings.length === 0
      ? `${scope.names.join(', ')}: ready\n`
      : `${findings.length} ${findings.length === 1 ? 'thing' : 'things'} to correct\n`,
  );
  return findings.length === 0 ? 0 : 1;
}

/** Two checks that see the same say it once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [findingLine(finding), finding])).values()];
}
