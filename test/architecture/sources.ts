import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { preProcessFile } from 'typescript';

/* Reads the project's sources for the tests of this folder. Paths are relative to the root, with slashes. */

export const ROOT = join(__dirname, '..', '..');

/** A file's text. */
export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Every TypeScript file below a folder except its tests, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Every module that a file imports, for types too; a file of the project as its path without the extension. */
export function importsOf(file: string): string[] {
  const { importedFiles } = preProcessFile(read(file), true, true);
  return importedFiles.map(({ fileName: name }) =>
    name.startsWith('.') ? posix.join(posix.dirname(file), name) : name,
  );
}

/** How many files each folder contains directly. */
export function countsOf(files: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(posix.dirname(file), (counts.get(posix.dirname(file)) ?? 0) + 1);
  return counts;
}

/** The import cycles. */
export function circlesIn(files: readonly string[]): string[] {
  const imports = new Map(files.map((file) => [file, importsOf(file).map((name) => `${name}.ts`)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const name of imports.get(file) ?? []) if (imports.has(name)) visit(name, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return circles;
}
