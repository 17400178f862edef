import type { Connector, RawRecord, Setting, SettingValues, Settings, Source } from '../contract/connector';
import { toVariable } from '../values/names';
import { insteadOf } from '../values/nearest';
import { COMMON_SETTINGS, SINK_SETTINGS } from '../kit/reserved-settings';
import { isUnresolved, unresolvedProblem } from './key-vault';
import { readReceiver, type ReceiverSettings } from './receiver-settings';
import { readValues, type ReadValues } from './setting-values';
import {
  checkSchedule,
  refuseOwnSchedule,
  compileDrop,
  parseRateShare,
  parseStart,
  readLateTable,
} from './shared-settings';
import { readTls, tlsSecrets, type Tls } from './tls-settings';
import type { Environment } from './environment';

/** A source of an instance that is pulled, as the operator set it. */
export interface SourceSettings {
  readonly source: string;
  readonly isOn: boolean;
  /** The connector's settings and the source's own. */
  readonly values: SettingValues;
  readonly drop?: (record: RawRecord) => boolean;
  /** The table that takes the rows of events that were late; the source's own where it is not set. */
  readonly lateTable?: string;
}

/** An instance of a connector, as the operator set it. */
export interface InstanceSettings {
  readonly connector: string;
  readonly instance: string;
  /** Of what is pulled. `off`: none of its settings is set. `wrong`: some are, and the problems say what to do. */
  readonly state: 'on' | 'off' | 'wrong';
  /** All of them at once, a sentence each; each names its variable. */
  readonly problems: readonly string[];
  readonly sources: readonly SourceSettings[];
  /** Its sources that are posted to; each stands alone, whatever the state of what is pulled. */
  readonly receivers: readonly ReceiverSettings[];
  /** Where a source that never ran begins, seen from a moment. */
  readonly startFrom: (now: Date) => Date;
  /** The share of the vendor's limits that it may use, where the operator says so. */
  readonly rateShare?: number;
  /** Variables that hold an address, and variables that hold a secret: for messages. */
  readonly variables: { readonly address: readonly string[]; readonly credentials: readonly string[] };
  readonly secrets: readonly string[];
  /** How its requests to the vendor are secured. */
  readonly tls: Tls;
  /** The environment as this instance's sink sees it: a variable of its own wins over the common one. */
  readonly env: Environment;
}

/** What all variables of one connector say. */
export interface ConnectorSettings {
  readonly instances: readonly InstanceSettings[];
  /** Variables that begin with the connector's name and mean nothing. */
  readonly unknown: readonly string[];
}

export const DEFAULT_INSTANCE = 'default';
const INSTANCE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** The variable of a setting, of the default instance or of a named one: `ACME_URL`, `ACME__EU__URL`. */
export function variableOf(connector: string, setting: string, instance = DEFAULT_INSTANCE): string {
  const prefix = toVariable(connector);
  return instance === DEFAULT_INSTANCE
    ? `${prefix}_${toVariable(setting)}`
    : `${prefix}__${toVariable(instance)}__${toVariable(setting)}`;
}

/** Every variable that one instance of a connector may have. */
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

/** The settings that every source has; rows that come late to one that is posted to stay in its table. */
function ofSource(name: string, { receive }: Source): string[] {
  return receive === undefined ? [`${name}_DROP`, `${name}_LATE_TABLE`] : [`${name}_DROP`];
}

/**
 * Reads the settings of every instance of a connector. Never throws: what is wrong is told in `problems`.
 * @param others the names of the other connectors, whose variables may begin with this one's name
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
  // The default one has no name in its variables: `ACME__DEFAULT__URL` means nothing.
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

/** True when the operator has set anything of an instance, right or wrong. */
export function isAnythingSet({ receivers, state }: Pick<InstanceSettings, 'receivers' | 'state'>): boolean {
  return state !== 'off' || receivers.some((receiver) => receiver.state !== 'off');
}

function readInstance(connector: Connector, instance: string, given: Environment): InstanceSettings {
  const variable = (setting: string): string => variableOf(connector.name, setting, instance);
  const pulled = Object.entries(connector.sources).filter(([, { receive }]) => receive === undefined);
  const ofPulled = pulled.flatMap(([name, source]) => ofSource(name, source));
  const unresolved = ['SOURCES', 'START', 'SCHEDULE', 'RATE_SHARE', ...ofPulled]
    .map(variable)
    .filter((name) => isUnresolved(given[name]));
  // Said once, and then as if they were not set.
  const env = { ...given, ...Object.fromEntries(unresolved.map((name) => [name, ''])) };
  const read = (settings: Settings): ReadValues =>
    readValues(settings, (setting) => ({ name: variable(setting), value: env[variable(setting)] }));
  const shared = read(connector.settings);
  const problems = [...shared.problems, ...(shared.isAnySet ? shared.missing : [])];
  let isAnySet = shared.isAnySet;

  const wanted = list(env[variable('SOURCES')]);
  for (const name of wanted ?? []) {
    if (!Object.hasOwn(connector.sources, name)) {
      problems.push(
        `${variable('SOURCES')} names ${name}, which is no source of ${connector.name}.${insteadOf(name, Object.keys(connector.sources), 'Its sources')}`,
      );
    }
  }
  const needs: string[] = [];
  const sources = pulled.map(([name, source]): SourceSettings => {
    const own = read(source.settings ?? {});
    isAnySet ||= own.isAnySet;
    const isAskedFor = own.isAnySet || wanted?.includes(name) === true;
    problems.push(...own.problems, ...(isAskedFor ? own.missing : []));
    if (own.missing.length > 0) needs.push(`for ${name}, ${own.missing.join(' ').replace(/\.$/, '')}`);
    const isOn =
      (wanted?.includes(name) ?? true) && (source.settings === undefined || own.missing.length === 0);
    const drop = compileDrop(variable(`${name}_DROP`), env, problems);
    const lateTable = readLateTable(variable(`${name}_LATE_TABLE`), env, problems);
    return {
      source: name,
      isOn,
      values: { ...shared.values, ...own.values },
      ...(drop === undefined ? {} : { drop }),
      ...(lateTable === undefined ? {} : { lateTable }),
    };
  });
  if (isAnySet && !shared.isAnySet) problems.push(...shared.missing);
  if (problems.length === 0 && !namesReceiver(connector, wanted) && sources.every(({ isOn }) => !isOn))
    problems.push(
      `None of the sources of ${connector.name} is on. Set what one of them needs: ${needs.join('; ')}.`,
    );
  const schedule = variableOf(connector.name, 'SCHEDULE');
  checkSchedule(schedule, env, problems);
  refuseOwnSchedule([variable('SCHEDULE'), schedule], env, problems);
  const startFrom = parseStart(variable('START'), env, problems);
  const rateShare = parseRateShare(variable('RATE_SHARE'), env, problems);
  problems.push(...unresolved.map((name) => unresolvedProblem(name, given[name])));
  const tls = readTls(
    { ca: variable('CA'), certificate: variable('CLIENT_CERTIFICATE'), key: variable('CLIENT_KEY') },
    env,
    problems,
  );

  const all = {
    ...connector.settings,
    ...Object.assign({}, ...Object.values(connector.sources).map((source) => source.settings ?? {})),
  } as Settings;
  const ofKind = (kind: Setting['kind']): string[] =>
    Object.keys(all).filter((key) => all[key]?.kind === kind);
  return {
    connector: connector.name,
    instance,
    state: !isAnySet ? 'off' : problems.length > 0 ? 'wrong' : 'on',
    problems: isAnySet ? problems : [],
    sources,
    receivers: Object.entries(connector.sources).flatMap(([source, { receive, settings }]) =>
      receive === undefined ? [] : [readReceiver({ source, settings, wanted }, env, variable)],
    ),
    startFrom,
    ...(rateShare === undefined ? {} : { rateShare }),
    variables: { address: ofKind('url').map(variable), credentials: ofKind('secret').map(variable) },
    secrets: [...ofKind('secret').flatMap((key) => env[variable(key)]?.trim() ?? []), ...tlsSecrets(tls)],
    tls,
    env: ownSink(env, variable),
  };
}

/** True when SOURCES asks for one that is posted to: then none that is pulled need be on. */
function namesReceiver({ sources }: Connector, wanted: readonly string[] = []): boolean {
  return wanted.some((name) => sources[name]?.receive !== undefined);
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
