import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSlashes, type ConnectorFolder } from '../cli/connector-folders';
import type { Check, Finding } from './finding';
import { lineOf } from './finding';
import { rebuildConnector, type RebuiltConnector } from '../try/rebuild-connector';
import { differences, readGolden } from '../try/golden-rows';
import { playFixtures } from '../try/play-fixtures';
import type { Connector } from '../../shared/contract/connector';
import { variableOf } from '../../shared/admin';

/** The headings of a connector's README: the connectors page is rendered from it. */
const HEADINGS = ['Prerequisites', 'Connect', 'Data', 'Limits', 'Troubleshooting'];

/** Checks of a folder beside its code: that it loads, its golden rows, its README. */
export const checkFolders: Check = async ({ folders }) => {
  const found = await Promise.all(
    folders.map(async (folder) => {
      try {
        const rebuilt = await rebuildConnector(folder);
        return [...(await checkRows(rebuilt)), ...checkReadme(rebuilt), ...checkUnwritten(folder)];
      } catch (error) {
        return notLoaded(folder.shown, (error as Error).message);
      }
    }),
  );
  return found.flat();
};

/** The error of a folder that does not build names file and line itself. */
function notLoaded(shown: string, message: string): Finding[] {
  const remedy = 'correct it: the folder is not used until it loads';
  return message.split('\n').map((text) => {
    const [, file = `${shown}/index.ts`, line = '1', what = text] =
      /^(.+?):(\d+):\d+ {2}(.+)$/.exec(text) ?? /^(.+?\/index\.ts)(): (.+)$/.exec(text) ?? [];
    return { file, line: Number(line) || 1, what, remedy };
  });
}

async function checkRows(rebuilt: RebuiltConnector): Promise<readonly Finding[]> {
  const { connector, folder, shown, argv } = rebuilt;
  const found = Object.keys(connector.sources).map(async (source): Promise<readonly Finding[]> => {
    const file = `${shown}/fixtures/${source}.rows.json`;
    const update = `npx tributary replay ${argv} --source ${source} --update`;
    try {
      const { rows } = await playFixtures(rebuilt, source);
      const golden = readGolden(folder, source);
      if (golden === undefined) return [{ file, line: 1, what: 'there are no golden rows', remedy: update }];
      const [first, ...more] = differences(golden, rows);
      if (first === undefined) return [];
      const [, id = ''] = /^[-+~] (\S+):/.exec(first) ?? [];
      return [
        {
          file,
          line: lineOf(readFileSync(join(folder, 'fixtures', `${source}.rows.json`), 'utf8'), `"${id}"`),
          what: `the fixtures produce other rows: ${first}${more.length === 0 ? '' : `, and ${more.length} more differences`}`,
          remedy: `${update}, if that is intended`,
        },
      ];
    } catch (error) {
      const remedy = `npx tributary replay ${argv} --source ${source}`;
      return [{ file, line: 1, what: (error as Error).message, remedy }];
    }
  });
  return (await Promise.all(found)).flat();
}

/** What `tributary new` could not infer. */
const UNWRITTEN = /_Write here\b[^_\n]*_?/g;

function checkUnwritten({ path, shown }: ConnectorFolder): readonly Finding[] {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(?:md|ts|json)$/.test(file),
  );
  return files.flatMap((file) => {
    const lines = readFileSync(join(path, file), 'utf8').split('\n');
    return lines.flatMap((text, index) =>
      [...text.matchAll(UNWRITTEN)].map(([what]): Finding => ({
        file: `${shown}/${withSlashes(file)}`,
        line: index + 1,
        what: `it is not written yet: ${what}`,
        remedy: 'replace the placeholder, or remove it',
      })),
    );
  });
}

function checkReadme({ connector, folder, shown }: RebuiltConnector): readonly Finding[] {
  const path = join(folder, 'README.md');
  const file = `${shown}/README.md`;
  const headings = HEADINGS.map((heading) => `## ${heading}`).join(', ');
  if (!existsSync(path)) {
    return [
      { file, line: 1, what: 'it is missing', remedy: `write it: # ${connector.title}, then ${headings}` },
    ];
  }
  const text = readFileSync(path, 'utf8');
  const found = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  const wrong = found.findIndex((heading, index) => heading !== HEADINGS[index]);
  return [
    ...(text.startsWith(`# ${connector.title}\n`)
      ? []
      : [
          {
            file,
            line: 1,
            what: 'it does not start with the title',
            remedy: `start with: # ${connector.title}`,
          },
        ]),
    ...(found.length === HEADINGS.length && wrong < 0
      ? []
      : [
          {
            file,
            line: lineOf(text, `## ${found[wrong] ?? found.at(-1) ?? ''}`),
            what: `its headings are ${found.join(', ') || 'none'}`,
            remedy: `use these, in this order: ${headings}`,
          },
        ]),
    ...variablesOf(connector)
      .filter((variable) => !text.includes(variable))
      .map((variable) => ({
        file,
        line: lineOf(text, '## Connect'),
        what: `${variable} is not mentioned`,
        remedy: `explain in Connect what ${variable} is and where to find it`,
      })),
  ];
}

function variablesOf({ name, settings, sources }: Connector): string[] {
  const all = [settings, ...Object.values(sources).map((source) => source.settings ?? {})];
  return all.flatMap((each) => Object.keys(each).map((key) => variableOf(name, key)));
}
