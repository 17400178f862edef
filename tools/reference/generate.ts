import type { Command } from 'commander';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { folders } from '../../connectors/list';
import { commandsPage } from './commands-page';
import { connectorsPage, withConnectorList } from './connectors-page';
import { connectorPage } from './connector-page';
import { errorsPage } from './errors-page';
import { functionsPage } from './functions-page';
import { settingsPage } from './settings-page';
import { tablesPage } from './tables-page';
import { sampleSettings } from './sample-settings';
import { print } from '../cli/output';
import { loadConnectors } from '../../shared/load';

/**
 * `tributary generate`: writes every file that is generated from the code. With `check`, only names the stale ones.
 * @returns the exit code; 1 if `check` finds a stale file
 */
export async function generate(
  root: string,
  program: Command,
  { check }: { readonly check: boolean },
): Promise<number> {
  const stale: string[] = [];
  for (const [file, text] of Object.entries(generatedFiles(root, program))) {
    const path = join(root, file);
    const options = await resolveConfig(path);
    const generated = await format(text, { ...options, filepath: path });
    if (generated === read(path)) continue;
    stale.push(file);
    if (check) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, generated);
  }
  for (const file of stale) print(`${file} ${check ? 'is stale' : 'is written'}`);
  return check && stale.length > 0 ? 1 : 0;
}

/** The text of every generated file, by its path below the root. */
function generatedFiles(root: string, program: Command): Readonly<Record<string, string>> {
  const own = folders().filter(({ path }) => dirname(path ?? '') === join(root, 'connectors'));
  const { connectors } = loadConnectors(own);
  const sources = readdirSync(join(root, 'shared'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
    .map((file) => [file, read(join(root, file))] as const);
  return {
    'local.settings.sample.json': sampleSettings(connectors),
    'docs/reference/settings.md': settingsPage(connectors),
    'docs/reference/tables.md': tablesPage(connectors),
    'docs/reference/functions.md': functionsPage(connectors),
    'docs/reference/commands.md': commandsPage(program),
    'docs/reference/connector.md': connectorPage(sources),
    'docs/reference/errors.md': errorsPage(sources),
    'docs/reference/connectors.md': connectorsPage(connectors, (name) =>
      read(join(root, 'connectors', name, 'README.md')),
    ),
    'README.md': withConnectorList(read(join(root, 'README.md')), connectors),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
