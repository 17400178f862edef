import type { RawRecord, SettingValues, Settings } from '../contract/connector';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import { readValues } from './setting-values';
import { compileDrop } from './collection-settings';
import type { Environment } from './environment';

/** The settings of one webhook source. */
export interface WebhookSettings {
  readonly source: string;
  /** `off`: none of its settings is set. `wrong`: some are, and `problems` says what to do. */
  readonly state: 'on' | 'off' | 'wrong';
  /** All problems, one sentence each, with the variable's name. */
  readonly problems: readonly string[];
  /** Its own settings. The connector's settings are for pulled sources. */
  readonly values: SettingValues;
  readonly drop?: (record: RawRecord) => boolean;
}

/** The declaration of a webhook source. `wanted`: the sources in SOURCES, if it is set. */
interface Declared {
  readonly source: string;
  readonly settings: Settings | undefined;
  readonly wanted: readonly string[] | undefined;
}

/**
 * Reads the settings of one webhook source. It is on when its own settings are set, unless SOURCES omits it. A source without
 * settings is on when SOURCES names it. Never throws: see `problems`.
 */
export function readWebhookSettings(
  { settings = {}, source, wanted }: Declared,
  env: Environment,
  variable: (setting: string) => string,
): WebhookSettings {
  const own = readValues(settings, (setting) => ({ name: variable(setting), value: env[variable(setting)] }));
  const problems = [...own.problems, ...own.missing];
  const dropVariable = variable(`${source}_DROP`);
  const isDropUnresolved = isUnresolved(env[dropVariable]);
  if (isDropUnresolved) problems.push(unresolvedProblem(dropVariable, env[dropVariable]));
  const drop = isDropUnresolved ? undefined : compileDrop(dropVariable, env, problems);
  const isWanted = wanted === undefined ? own.isAnySet : wanted.includes(source);
  return {
    source,
    state: !isWanted ? 'off' : problems.length > 0 ? 'wrong' : 'on',
    problems: isWanted ? problems : [],
    values: own.values,
    ...(drop === undefined ? {} : { drop }),
  };
}
