import type { Connector, RawRecord, SettingValues, Settings, Source } from '../contract/connector';
import { unknownNameHint } from '../values/did-you-mean';
import { readValues, type ReadValues } from './setting-values';
import { compileDrop, readLateTable } from './collection-settings';
import type { Environment } from './environment';

/** The settings of one pulled source of an instance. */
export interface SourceSettings {
  readonly source: string;
  readonly isOn: boolean;
  /** The connector's settings and the source's own. */
  readonly values: SettingValues;
  readonly drop?: (record: RawRecord) => boolean;
  /** The table for rows of late events. Absent: the source's own table. */
  readonly lateTable?: string;
}

/** The input for reading the variables of one instance. */
export interface Reading {
  readonly connector: Connector;
  /** The variable of a setting. */
  readonly variable: (setting: string) => string;
  readonly env: Environment;
  /** The sources in SOURCES. `undefined` if it is not set. */
  readonly named: readonly string[] | undefined;
}

/** The settings of all pulled sources. */
interface PullSettings {
  /** True when the operator has set any of them. */
  readonly isAnySet: boolean;
  /** One sentence for each problem. */
  readonly problems: readonly string[];
  readonly sources: readonly SourceSettings[];
}

/** The connector's pulled sources. */
export function pullSourcesOf({ sources }: Connector): [string, Source][] {
  return Object.entries(sources).filter(([, { receive }]) => receive === undefined);
}

/** Reads the connector's settings and those of its pulled sources. Never throws: see `problems`. */
export function readPullSettings(reading: Reading): PullSettings {
  const { connector, env, named, variable } = reading;
  const read = (settings: Settings): ReadValues =>
    readValues(settings, (setting) => ({ name: variable(setting), value: env[variable(setting)] }));
  const shared = read(connector.settings);
  const problems = [...shared.problems, ...(shared.isAnySet ? shared.missing : [])];
  let isAnySet = shared.isAnySet;
  problems.push(...unknownSources(reading));
  const needs: string[] = [];
  const sources = pullSourcesOf(connector).map(([name, source]): SourceSettings => {
    const own = read(source.settings ?? {});
    isAnySet ||= own.isAnySet;
    const isAskedFor = own.isAnySet || named?.includes(name) === true;
    problems.push(...own.problems, ...(isAskedFor ? own.missing : []));
    if (own.missing.length > 0) needs.push(`for ${name}, ${own.missing.join(' ').replace(/\.$/, '')}`);
    const isComplete = source.settings === undefined || own.missing.length === 0;
    const drop = compileDrop(variable(`${name}_DROP`), env, problems);
    const lateTable = readLateTable(variable(`${name}_LATE_TABLE`), env, problems);
    return {
      source: name,
      isOn: (named?.includes(name) ?? true) && isComplete,
      values: { ...shared.values, ...own.values },
      ...(drop === undefined ? {} : { drop }),
      ...(lateTable === undefined ? {} : { lateTable }),
    };
  });
  if (isAnySet && !shared.isAnySet) problems.push(...shared.missing);
  if (problems.length === 0 && !namesWebhook(connector, named) && sources.every(({ isOn }) => !isOn))
    problems.push(
      `None of the sources of ${connector.name} is on. Set what one of them needs: ${needs.join('; ')}.`,
    );
  return { isAnySet, problems, sources };
}

function unknownSources({ connector, named = [], variable }: Reading): string[] {
  const known = Object.keys(connector.sources);
  return named
    .filter((name) => !known.includes(name))
    .map(
      (name) =>
        `${variable('SOURCES')} names ${name}, which is not a source of ${connector.name}.${unknownNameHint(name, known, 'Its sources')}`,
    );
}

/** True when SOURCES names a webhook source. Then no pulled source has to be on. */
function namesWebhook({ sources }: Connector, wanted: readonly string[] = []): boolean {
  return wanted.some((name) => sources[name]?.receive !== undefined);
}
