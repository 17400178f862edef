import { join } from 'node:path';
import { readEnvironment } from '../../local/start/app-environment';
import { connectorFolders, findFolder } from '../cli/connector-folders';
import { rebuildConnector, type RebuiltConnector } from './rebuild-connector';
import { differences, goldenFile, readGolden, writeGolden } from './golden-rows';
import { playFixtures, type Played } from './play-fixtures';
import { recordFixtures, writePages } from './record-fixtures';
import { countsText } from '../mask/masker';
import { print, printUnchanged } from '../cli/output';
import { requireSource } from '../cli/target';
import { prettyJson } from '../../shared/values/json/json';

/** The options of `tributary replay`. */
export interface ReplayCommand {
  readonly source?: string;
  readonly record: boolean;
  readonly update: boolean;
}

const MAX_DIFFERENCES = 20;
const ROW_CHARACTERS = 140;

/** `tributary replay`: a connector on its fixtures, beside the golden rows. @returns 1 when they differ, or when a recording is not fit to be written */
export async function replay(
  root: string,
  outside: readonly string[],
  name: string,
  options: ReplayCommand,
): Promise<number> {
  const rebuilt = await rebuildConnector(findFolder(connectorFolders(root, outside), name));
  if (options.source !== undefined) requireSource(rebuilt.connector, options.source);
  const sources = options.source === undefined ? Object.keys(rebuilt.connector.sources) : [options.source];
  let code = 0;
  for (const source of sources) {
    const isFine = options.record
      ? await record(rebuilt, source, root)
      : compare(rebuilt, await playFixtures(rebuilt, source), options.update);
    if (!isFine) code = 1;
  }
  return code;
}

function compare({ connector, folder, argv }: RebuiltConnector, played: Played, update: boolean): boolean {
  const { rows, source } = played;
  const who = `${connector.name}/${source}`;
  print(`${who}  ${summary(played)}`);
  for (const row of rows) printUnchanged(`  ${cut(prettyJson(row).replace(/\s*\n\s*/g, ' '))}`);
  for (const complaint of played.complaints) print(`  complaint: ${complaint}`);
  if (update) {
    writeGolden(folder, source, rows);
    print(`  written: ${goldenFile(folder, source)}. Read the difference before you commit it.`);
    return played.complaints.length === 0;
  }
  const golden = readGolden(folder, source);
  const found = golden === undefined ? ['there are no golden rows yet'] : differences(golden, rows);
  if (found.length === 0) {
    print('  as the golden rows');
    return played.complaints.length === 0;
  }
  print(`  differs from the golden rows:`);
  for (const line of found.slice(0, MAX_DIFFERENCES)) print(`    ${line}`);
  if (found.length > MAX_DIFFERENCES) print(`    and ${found.length - MAX_DIFFERENCES} more`);
  print(`  If that is intended: npx tributary replay ${argv} --source ${source} --update`);
  return false;
}

async function record(rebuilt: RebuiltConnector, source: string, root: string): Promise<boolean> {
  const { connector, folder, shown } = rebuilt;
  const env = readEnvironment(process.env, join(root, 'local.settings.json'));
  const recording = await recordFixtures(rebuilt, source, env);
  print(`${connector.name}/${source}  recorded ${summary(recording.played)}`);
  print(`  masked: ${countsText(recording.masked) || 'nothing was found'}`);
  for (const [name, text] of recording.files)
    printUnchanged(`\nfixtures/${source}/${name}\n${text.trimEnd()}`);
  print('');
  if (recording.problems.length > 0) {
    print('  Nothing was written: not every record becomes a complete row.');
    for (const problem of recording.problems) print(`    ${problem}`);
    print(`  Correct the columns in ${shown}/index.ts, then record again.`);
    return false;
  }
  writePages(folder, source, recording.files);
  writeGolden(folder, source, recording.played.rows);
  print(`  Written to ${shown}/fixtures. Read every line before you commit it: a name in free`);
  print('  text is masked only if it also stands in a member of its own.');
  return true;
}

function summary({ came, pages, records, rows }: Played): string {
  const drifted = records.filter(({ drift }) => drift.length > 0).length;
  const other = records.length - rows.length;
  return [
    `${records.length} records ${came === 'page' ? 'on' : 'in'} ${pages} ${pages === 1 ? came : `${came}s`}`,
    `${rows.length} rows`,
    ...(other === 0 ? [] : [`${other} without a row`]),
    ...(drifted === 0 ? [] : [`${drifted} drifted`]),
  ].join(', ');
}

function cut(text: string): string {
  return text.length > ROW_CHARACTERS ? `${text.slice(0, ROW_CHARACTERS)}…` : text;
}
