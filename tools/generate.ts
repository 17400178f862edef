import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folders } from '../connectors/list';
import { loadConnectors } from '../shared/app';
import { sampleSettings } from './sample-settings';

/** `tributary generate`: writes again what is made from the code. A test fails when a file is stale. @returns the exit code */
export async function generate(root: string): Promise<number> {
  const { connectors } = loadConnectors(folders());
  await writeFile(join(root, 'local.settings.sample.json'), sampleSettings(connectors));
  return 0;
}
