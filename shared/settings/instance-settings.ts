import type { Connector, Setting, Settings, Source } from '../contract/connector';
import { toVariable } from '../values/names';
import { COMMON_SETTINGS, SINK_SETTINGS } from '../kit/reserved-settings';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import { readWebhookSettings, type WebhookSettings } from './webhook-settings';
import { pullSourcesOf, readPullSettings, type Reading, type SourceSettings } from './pull-settings';
import { checkSchedule, refuseOwnSchedule, parseRateShare, parseStart } from './collection-settings';
import { readTls, tlsSecrets, type Tls } from './tls-settings';
import type { Environment } from './environment';

/** The settings of one instance of a connector. */
export interface InstanceSettings {
  readonly connector: string;
  readonly instance: string;
  /** The state of the pulled sources. `off`: no setting is set. `wrong`: some are, and `problems` says what to do. */
  readonly state: 'on' | 'off' | 'wrong';
  /** All problems, one sentence each, with the variable's name. */
  readonly problems: readonly string[];
  readonly sources: readonly SourceSettings[];
  /** Its webhook sources. Each has its own state, independent of the pulled sources. */
  readonly webhooks: readonly WebhookSettings[];
  /** Where a source that never ran begins, relative to `now`. */
  readonly startFrom: (now: Date) => Date;
  /** The usable share of the vendor's limits, if the operator sets it. */
  readonly rateShare?: number;
  /** The variables of addresses and of secrets, for messages. */
  readonly variables: { readonly address: readonly string[]; readonly credentials: readonly string[] };
  readonly secrets: readonly string[];
  /** The TLS settings of its requests to the vendor. */
  readonly tls: Tls;
  /** The environment for this instance's sink: the instance's own variables override the common ones. */
  readonly env: Environment;
}

/** The settings of all instances of a connector. */
export interface ConnectorSettings {
  readonly instances: readonly InstanceSettings[];
  /** Variables that begin with the connector's name and have no meaning. */
  readonly unknown: readonly string[];
}

const DEFAULT_INSTANCE = 'default';
const INSTANCE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** The variable of a setting, of the default instance or of a named one: `ACME_URL`, `ACME__EU__URL`. */
export function variableOf(connector: string, setting: string, instance = DEFAULT_INSTANCE): string {
  const prefix = toVariable(connector);
  return instance === DEFAULT_INSTANCE
    ? `${prefix}_${toVariable(setting)}`
    : `${prefix}__${toVariable(instance)}__${toVariable(setting)}`;
}

/** All variables that one instance of a connector may have. */
export function variablesOf(connector: Connector, instance = DEFAULT_INSTANCE): string[] {
  const own = [
    ...Object.keys(connector.settings),
    ...Object.values(connector.sources).flatMap((source) => Object.keys(source.settings ?? {})),
  ];
  const ofSources = Object.entries(connector.sources).flatMap(([name, source]) => ofSource(name, source));
  return [...own, ...COMMON_SETTINGS, ...ofSources, ...SINK_SETTINGS].map((setting) =>
    variableOf(connector.name, setting, instance),
  );
}

/** The settings that every source has. A webhook source has no table for late rows. */
function ofSource(name: string, { receive }: Source): string[] {
  return receive === undefined ? [`${name}_DROP`, `${name}_LATE_TABLE`] : [`${name}_DROP`];
}

/**
 * Reads the settings of all instances of a connector. Never throws: see `problems`.
 * @param others the names of the other connectors, whose variables may begin with this connector's name
 */
export function readSettings(
  connector: Connector,
  env: Environment,
  others: readonly string[] = [],
): ConnectorSettings {
  const prefix = toVariable(connector.name);
  const present = Object.keys(env).filter((name) => (env[name] ?? '') !== '');
  const named = new Set<string>();
  for (const name of present) {
    const [head, instance, rest] = name.split('__');
    if (head === prefix && rest !== undefined && INSTANCE_NAME.test(instance ?? '')) {
      named.add((instance as string).toLowerCase());
    }
  }
  // The default instance has no name in its variables: `ACME__DEFAULT__URL` is unknown.
  named.delete(DEFAULT_INSTANCE);
  const names = [DEFAULT_INSTANCE, ...[...named].sort()];
  const known = new Set(names.flatMap((instance) => variablesOf(connector, instance)));
  const longer = others
    .filter((name) => name !== connector.name)
    .map((name) => `${toVariable(name)}_`)
    .filter((one) => one.startsWith(`${prefix}_`));
  const instances = names.map((instance) => readInstance(connector, instance, env));
  return {
    instances: instances.filter((one) => one.instance === DEFAULT_INSTANCE || isAnythingSet(one)),
    unknown: present.filter(
      (name) =>
        name.startsWith(`${prefix}_`) && !known.has(name) && !longer.some((one) => name.startsWith(one)),
    ),
  };
}

/** True when the operator has set anything of an instance, valid or not. */
export function isAnythingSet({ webhooks, state }: Pick<InstanceSettings, 'webhooks' | 'state'>): boolean {
  return state !== 'off' || webhooks.some((webhook) => webhook.state !== 'off');
}

function readInstance(connector: Connector, instance: string, given: Environment): InstanceSettings {
  const variable = (setting: string): string => variableOf(connector.name, setting, instance);
  const unresolved = unresolvedOf(connector, variable, given);
  // An unresolved reference is one problem. Otherwise the variable counts as not set.
  const env = { ...given, ...Object.fromEntries(unresolved.map((name) => [name, ''])) };
  const reading: Reading = { connector, variable, env, named: list(env[variable('SOURCES')]) };
  const pulled = readPullSettings(reading);
  const common = readCommon(reading);
  const problems = [...pulled.problems, ...common.problems];
  problems.push(...unresolved.map((name) => unresolvedProblem(name, given[name])));
  const tls = readTls(
    { ca: variable('CA'), certificate: variable('CLIENT_CERTIFICATE'), key: variable('CLIENT_KEY') },
    env,
    problems,
  );
  const { isAnySet, sources } = pulled;
  const credentials = variablesOfKind('secret', reading);
  return {
    connector: connector.name,
    instance,
    state: !isAnySet ? 'off' : problems.length > 0 ? 'wrong' : 'on',
    problems: isAnySet ? problems : [],
    sources,
    webhooks: Object.entries(connector.sources).flatMap(([source, { receive, settings }]) =>
      receive === undefined
        ? []
        : [readWebhookSettings({ source, settings, wanted: reading.named }, env, variable)],
    ),
    startFrom: common.startFrom,
    ...(common.rateShare === undefined ? {} : { rateShare: common.rateShare }),
    variables: { address: variablesOfKind('url', reading), credentials },
    secrets: [...credentials.flatMap((name) => env[name]?.trim() ?? []), ...tlsSecrets(tls)],
    tls,
    env: ownSink(env, variable),
  };
}

/** The variables of pulled sources with an unresolved reference. */
function unresolvedOf(connector: Connector, variable: Reading['variable'], env: Environment): string[] {
  const ofPulled = pullSourcesOf(connector).flatMap(([name, source]) => ofSource(name, source));
  return ['SOURCES', 'START', 'SCHEDULE', 'RATE_SHARE', ...ofPulled]
    .map(variable)
    .filter((name) => isUnresolved(env[name]));
}

/** The settings that every connector has: its schedule, where it starts, and its share of the vendor's limits. */
function readCommon({
  connector,
  env,
  variable,
}: Reading): Pick<InstanceSettings, 'problems' | 'startFrom' | 'rateShare'> {
  const problems: string[] = [];
  const schedule = variableOf(connector.name, 'SCHEDULE');
  checkSchedule(schedule, env, problems);
  refuseOwnSchedule([variable('SCHEDULE'), schedule], env, problems);
  const startFrom = parseStart(variable('START'), env, problems);
  const rateShare = parseRateShare(variable('RATE_SHARE'), env, problems);
  return { problems, startFrom, ...(rateShare === undefined ? {} : { rateShare }) };
}

/** The variables of all settings of one kind, of the connector and of its sources. */
function variablesOfKind(kind: Setting['kind'], { connector, variable }: Reading): string[] {
  const all = {
    ...connector.settings,
    ...Object.assign({}, ...Object.values(connector.sources).map(({ settings }) => settings ?? {})),
  } as Settings;
  return Object.keys(all)
    .filter((key) => all[key]?.kind === kind)
    .map(variable);
}

function list(text: string | undefined): string[] | undefined {
  const items = text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items === undefined || items.length === 0 ? undefined : items;
}

function ownSink(env: Environment, variable: (setting: string) => string): Environment {
  const own = SINK_SETTINGS.flatMap((name) =>
    (env[variable(name)] ?? '') === '' ? [] : [[name, env[variable(name)]] as const],
  );
  return own.length === 0 ? env : { ...env, ...Object.fromEntries(own) };
}
