import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { extensionOf, writeBody } from '../../local/vendor/feed/body-format';
import { stringifyJson } from '../../shared/values/json/json';
import { indexText, isSigned } from './index-text';
import type { Plan } from './plan-connector';
import { readmeText } from './readme-text';
import { signatureText } from './signature-text';

/** Text by path below the connector's folder. */
export type Files = Readonly<Record<string, string>>;

/**
 * Every file of a connector, not yet formatted.
 * @param folder the connector's folder: import paths are relative to it
 */
export function filesOf(plan: Plan, root: string, folder: string): Files {
  const { source, pages, rows, spec } = plan;
  const isInside = folder.startsWith(root + sep);
  const shared = isInside ? relative(folder, join(root, 'shared')).split(sep).join('/') : 'tributary/shared';
  const declared = ('store' in spec ? undefined : spec.files?.format) ?? spec.format;
  const format = declared === 'json' ? undefined : declared;
  const end = extensionOf(format);
  const answers = pages.map((body, i) => [
    `fixtures/${source}/page-${i + 1}.${end}`,
    writeBody(body, format, pages.flat()).text,
  ]);
  return {
    ...indexText(plan, shared),
    ...(isSigned(spec) ? signatureText(shared) : {}),
    'README.md': readmeText(plan),
    ...(Object.fromEntries(answers) as Files),
    // In the format of the contract suite.
    [`fixtures/${source}.rows.json`]: `${stringifyJson(rows, 2)}\n`,
  };
}

const PARSERS: Readonly<Record<string, string>> = { '.ts': 'typescript', '.json': 'json', '.md': 'markdown' };

/** Formats every file except the golden rows with the clone's Prettier settings. */
export async function formatted(files: Files, root: string): Promise<Files> {
  const [{ format }, ...plugins] = await Promise.all([
    import('prettier/standalone'),
    import('prettier/plugins/typescript'),
    import('prettier/plugins/estree'),
    import('prettier/plugins/babel'),
    import('prettier/plugins/markdown'),
  ]);
  const options = JSON.parse(readFileSync(join(root, '.prettierrc.json'), 'utf8')) as object;
  const all = Object.entries(files).map(async ([path, text]) => {
    const parser = PARSERS[extname(path)];
    if (parser === undefined || path.endsWith('.rows.json')) return [path, text];
    return [path, await format(text, { ...options, parser, plugins })];
  });
  return Object.fromEntries(await Promise.all(all)) as Files;
}

/**
 * Writes a new folder.
 * @throws Error if it exists: nothing is overwritten
 */
export function writeNew(folder: string, files: Files): void {
  mkdirSync(dirname(folder), { recursive: true });
  try {
    mkdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new Error(
      `${folder} already exists and is not overwritten. Choose another name, or remove the folder.`,
      {
        cause,
      },
    );
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
