import type { RawRecord, SettingValues, Settings } from '../contract/connector';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import { readValues } from './setting-values';
import { compileDrop } from './shared-settings';
import type { Environment } from './environment';

/** A source that is posted to, as the operator set it. */
export interface WebhookSettings {
  readonly source: string;
  /** `off`: none of its settings is set. `wrong`: some are, and the problems say what to do. */
  readonly state: 'on' | 'off' | 'wrong';
  /** All of them at once, a sentence each; each names its variable. */
  readonly problems: readonly string[];
  /** Its own settings; those of the connector are for what is pulled. */
  readonly values: SettingValues;
  readonly drop?: (record: RawRecord) => boolean;
}

/** What is declared of such a source, and the sources that the operator wants, where they are named. */
interface Declared {
  readonly source: string;
  readonly settings: Settings | undefined;
  readonly wanted: readonly string[] | undefined;
}

/**
 * Reads what concerns one source that is posted to, and nothing else. It is on when its own settings are set, unless
 * SOURCES leaves it out; one without settings when SOURCES names it. Never throws.
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
