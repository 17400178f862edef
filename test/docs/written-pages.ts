import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A file of this tree as text. */
export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

const below = (folder: string, end: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(end))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);

/** Every page below docs/, the generated ones too. */
export const DOCS = below('docs', '.md');

/** Every page that is written for readers. */
export const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...DOCS,
  ...below('connectors', 'README.md'),
];
