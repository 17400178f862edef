import { checkFormat, checkTypesAndLint } from './code';
import { checkContract } from './contract';
import { checkFaults } from './faults';
import { checkFolders } from './folder';
import { connectorFolders, findFolder } from '../cli/connector-folders';
import { findingLine, type Check, type Finding, type Scope } from './finding';
import { stageTree } from './staging-copy';
import { print, warn } from '../cli/output';

/** Every check, by its displayed name. They are independent and run in parallel. */
const CHECKS: Readonly<Record<string, Check>> = {
  'folder, golden rows, README': checkFolders,
  'types, lint': checkTypesAndLint,
  format: checkFormat,
  contract: checkContract,
  faults: checkFaults,
};

/** The options of `tributary check`. */
export interface CheckCommand {
  /** Time for fault tests. */
  readonly seconds: number;
}

/**
 * `tributary check`: runs everything that a connector must pass before it is merged. Writes each check's end to standard error,
 * and all findings to standard output at the end.
 * @returns 0 without findings, else 1
 */
export async function check(
  root: string,
  outside: readonly string[],
  name: string | undefined,
  { seconds }: CheckCommand,
): Promise<number> {
  const known = connectorFolders(root, outside);
  const folders = name === undefined ? known : [findFolder(known, name)];
  // Runs the exit handlers, which delete temporary files: a signal alone skips them.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const tree = stageTree(root, known);
  const names = folders.map((folder) => folder.name).join(', ');
  const scope: Scope = { root: tree.root, folders, isAll: name === undefined, seconds };
  const due = Object.entries(CHECKS).filter(([, one]) => one !== checkFaults || seconds > 0);
  warn(`Checking ${names}${seconds > 0 ? `, with ${seconds} s of faults` : ''} …`);
  const found = await Promise.all(due.map(([what, one]) => timed(what, one, scope)));
  const findings = distinct(found.flat().map(tree.toAuthorPaths));
  for (const finding of findings) print(findingLine(finding));
  print(findings.length === 0 ? `${names}: ready` : `${things(findings)} to correct`);
  return findings.length === 0 ? 0 : 1;
}

async function timed(what: string, one: Check, scope: Scope): Promise<readonly Finding[]> {
  const begunMs = performance.now();
  const found = await one(scope);
  const seconds = ((performance.now() - begunMs) / 1_000).toFixed(1).padStart(6);
  warn(`  ${what.padEnd(28)}${seconds} s  ${found.length === 0 ? 'fine' : things(found)}`);
  return found;
}

function things({ length }: readonly Finding[]): string {
  return `${length} ${length === 1 ? 'thing' : 'things'}`;
}

/** Removes findings that several checks report. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [findingLine(finding), finding])).values()];
}
