import type { SourceId } from '../contract/checkpoint';
import type { Connector, Source } from '../contract/connector';
import { isUnresolved } from '../settings/unresolved-references';
import { variableOf } from '../settings/instance-settings';
import { scheduleText, timerProblem } from '../settings/collection-settings';
import { hashBelow } from '../values/names';
import type { Environment } from '../settings/environment';

/**
 * The schedule of a connector: NCRONTAB in UTC, or a TimeSpan. By default every five minutes, at a second and a minute derived
 * from its name, so that not all connectors start at once.
 */
export function scheduleOf({ name, schedule }: Connector, env: Environment): string {
  const own = scheduleText(variableOf(name, 'SCHEDULE'), env);
  // A wrong schedule is reported as a problem of the connector's settings. In a timer it would keep the app from loading.
  if (own !== '' && !isUnresolved(own) && timerProblem(own, env) === undefined) return own;
  return schedule ?? `${hashBelow(name, 60)} ${hashBelow(`${name} minute`, 5)}-59/5 * * * *`;
}

/** A source as its connector declares it. */
export interface Declared {
  readonly source: Source;
  /** When it runs: NCRONTAB in UTC, or a TimeSpan. */
  readonly schedule: string;
}

/** The declaration of a source; `undefined` if it no longer exists. */
export function declaredOf(
  { connector: name, source: of }: SourceId,
  connectors: readonly Connector[],
  env: Environment,
): Declared | undefined {
  const connector = connectors.find((one) => one.name === name);
  const source = connector?.sources[of];
  return connector && source && { source, schedule: scheduleOf(connector, env) };
}
