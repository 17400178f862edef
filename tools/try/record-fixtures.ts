import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extensionOf, writeBody } from '../../local/vendor/feed/body-format';
import { namesOfPath, withValueAt } from '../../local/vendor/feed/write-at-path';
import { requiredVariables } from '../../local/start/services';
import type { RebuiltConnector } from './rebuild-connector';
import { createMasker } from '../mask/masker';
import { observedHttp } from './observed-http';
import { playFixtures, type Played } from './play-fixtures';
import { OUTCOME_TEXT } from './try-source';
import { warn } from '../cli/output';
import type { Connector } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import { compilePath, listPath } from '../../shared/values/json-path';
import { prettyJson } from '../../shared/values/json/json';
import { type Environment, type InstanceSettings, previewSource, readSettings } from '../../shared/admin';

/** Limits that keep fixtures readable: pages, and records per page. */
const MAX_PAGES = 3;
const MAX_RECORDS = 10;

/** A masked recording of one source, not written yet. */
export interface Recording {
  /** The text of each page file, by its name. */
  readonly files: readonly (readonly [name: string, text: string])[];
  /** How many values of each kind were masked. */
  readonly masked: Readonly<Record<string, number>>;
  /** The result of playing the fixtures. */
  readonly played: Played;
  /** Why they must not be written, a sentence each. */
  readonly problems: readonly string[];
}

/**
 * Requests a few pages from the real API, masks them, and plays them as fixtures in a temporary folder.
 * @throws Error when the connector has no settings, or the API returns no records
 */
export async function recordFixtures(
  rebuilt: RebuiltConnector,
  source: string,
  env: Environment,
): Promise<Recording> {
  const { connector } = rebuilt;
  const instance = realInstance(connector, env);
  const bodies = await askForPages(connector, instance, source, env);
  const names = [connector.sources[source]?.table.eventId?.split('.').at(-1) ?? ''];
  const masker = createMasker(knownOf(connector, instance), { idNames: names.filter((name) => name !== '') });
  const pages = masker.mask(bodies);
  const format = connector.sources[source]?.pull?.rest?.format;
  const files = await Promise.all(
    pages.map(
      async (page, index) =>
        [
          `page-${index + 1}.${extensionOf(format)}`,
          format === undefined
            ? await formatJson(page, rebuilt.folder)
            : writeBody(page, format, pages.flat()).text,
        ] as const,
    ),
  );
  const folder = mkdtempSync(join(tmpdir(), 'tributary-recording-'));
  try {
    writePages(folder, source, files);
    const played = await playFixtures({ ...rebuilt, folder }, source);
    return { files, masked: masker.counts(), played, problems: problemsOf(played) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Replaces a source's page files. */
export function writePages(folder: string, source: string, files: Recording['files']): void {
  const pages = join(folder, 'fixtures', source);
  mkdirSync(pages, { recursive: true });
  for (const name of readdirSync(pages)) if (/^page-\d+\.\w+$/.test(name)) rmSync(join(pages, name));
  for (const [name, text] of files) writeFileSync(join(pages, name), text);
}

function realInstance(connector: Connector, env: Environment): InstanceSettings {
  const { instances } = readSettings(connector, env);
  const on = instances.find(({ state }) => state === 'on');
  if (on !== undefined) return on;
  const problems = instances.flatMap((one) => one.problems);
  throw new Error(
    `Recording needs the real API, not a simulated vendor. ${
      problems.length > 0
        ? problems.join(' ')
        : `Set ${requiredVariables(connector)} in the environment or in local.settings.json.`
    }`,
  );
}

async function askForPages(
  connector: Connector,
  { instance }: InstanceSettings,
  source: string,
  env: Environment,
): Promise<Json[]> {
  if (connector.sources[source]?.receive !== undefined)
    throw new Error(
      `${connector.name}/${source} is a webhook source: there is nothing to record. Write fixtures/${source}/post-1.json.`,
    );
  const spec = connector.sources[source]?.pull?.rest;
  const door = observedHttp();
  const id = { connector: connector.name, instance, source };
  const lines = { info: () => undefined, warn, error: () => undefined };
  const bodies: Json[] = [];
  for await (const { records } of previewSource(connector, id, { env, lines, observe: door.observe })) {
    if (records.length === 0) continue;
    if (spec === undefined) {
      // For a pull in code these are records, not the vendor's answer; its simulator restores the vendor's format.
      bodies.push(records.slice(0, MAX_RECORDS).map(({ record }) => record));
    } else {
      const body = door.exchanges.at(-1)?.response?.json();
      if (body !== undefined) bodies.push(firstRecords(body, spec, MAX_RECORDS));
    }
    if (bodies.length === MAX_PAGES) break;
  }
  if (bodies.length > 0) return bodies;
  throw new Error(
    `Recording ${connector.name}/${source}: the vendor has no records since that time. Start earlier: set ${connector.name.replace(/-/g, '_').toUpperCase()}_START=30d.`,
  );
}

/** The instance's own settings: secrets, the tenant's host, and names such as that of an organisation. */
function knownOf(connector: Connector, { sources }: InstanceSettings): ReadonlyMap<string, string> {
  const settings = Object.assign(
    {},
    connector.settings,
    ...Object.values(connector.sources).map((source) => source.settings ?? {}),
  ) as Connector['settings'];
  const values = Object.assign({}, ...sources.map((source) => source.values)) as Record<string, string>;
  const known = new Map<string, string>();
  for (const [key, { example, kind }] of Object.entries(settings)) {
    const value = values[key] ?? '';
    if (value === '') continue;
    if (kind !== 'url') known.set(value, example ?? `example-${key}`);
    else known.set(new URL(value).hostname, new URL(example ?? 'https://example.com').hostname);
  }
  return known;
}

function problemsOf({ complaints, records, source }: Played): string[] {
  const lost = records.filter(({ outcome }) => outcome !== 'row');
  const drift = new Map(records.flatMap((record) => record.drift).map((each) => [each.column, each]));
  return [
    ...complaints,
    ...lost.map(
      ({ deadLetter, outcome }) =>
        `a record becomes a ${OUTCOME_TEXT[outcome]}${deadLetter === undefined ? '' : `: ${deadLetter.detail}`}`,
    ),
    ...[...drift.values()].map(({ column, from, why }) => `${source}: ${column} (${from}): ${why}`),
  ];
}

/** As the project's formatter writes it, so that a recording passes its check. */
async function formatJson(value: Json, folder: string): Promise<string> {
  const { format, resolveConfig } = await import('prettier');
  const config = await resolveConfig(join(folder, 'page.json'));
  return format(prettyJson(value), { ...config, parser: 'json' });
}

/** An answer cut to its first `count` records, because people read fixtures. */
function firstRecords(body: Json, { records }: Pick<RestSpec, 'records'>, count: number): Json {
  const path = listPath(records);
  const place = namesOfPath(path);
  const all = place.length === 0 ? body : compilePath(path)(body);
  return Array.isArray(all) ? withValueAt(body, place, all.slice(0, count) as Json) : body;
}
