import type { Connector, RawRecord, Setting, SettingValues, Settings } from '../contract/connector';
import { toVariable } from '../kit/names';
import { compileDrop, parseStart } from './shared-settings';

/** The process's variables, or any others. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A source of an instance, as the operator set it. */
export interface SourceSettings {
  readonly source: string;
  readonly isOn: boolean;
  /** The connector's settings and the source's own. */
  readonly values: SettingValues;
  readonly drop?: (record: RawRecord) => boolean;
}

/** An instance of a connector, as the operator set it. */
export interface InstanceSettings {
  readonly connector: string;
  readonly instance: string;
  /** `off`: none of its settings is set. `wrong`: some are, and the problems say what to do. */
  readonly state: 'on' | 'off' | 'wrong';
  /** All of them at once, a sentence each; each names its variable. */
  readonly problems: readonly string[];
  readonly sources: readonly SourceSettings[];
  /** Where a source that never ran begins, seen from a moment. */
  readonly startFrom: (now: Date) => Date;
  /** Variables that hold an address, and variables that hold a secret: for messages. */
  readonly variables: { readonly address: readonly string[]; readonly credentials: readonly string[] };
  readonly secrets: readonly string[];
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
const COMMON = ['SOURCES', 'START', 'SCHEDULE'];
/** Sink settings that an instance may have of its own. */
const SINK = [
  'SINK',
  'LOGS_INGESTION_ENDPOINT',
  'DCR_IMMUTABLE_ID',
  'DCR_STREAMS',
  'WORKSPACE_ID',
  'WORKSPACE_KEY',
  'LOG_ANALYTICS_URI',
  'AZURE_CLOUD',
];

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
  const drops = Object.keys(connector.sources).map((source) => `${source}_DROP`);
  return [...own, ...COMMON, ...drops, ...SINK].map((setting) =>
    variableOf(connector.name, setting, instance),
  );
}

/** Reads the settings of every instance of a connector. Never throws: what is wrong is told in `problems`. */
export function readSettings(connector: Connector, env: Environment): ConnectorSettings {
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
  const instances = names.map((instance) => readInstance(connector, instance, env));
  return {
    instances: instances.filter(({ instance, state }) => instance === DEFAULT_INSTANCE || state !== 'off'),
    unknown: present.filter((name) => name.startsWith(`${prefix}_`) && !known.has(name)),
  };
}

function readInstance(connector: Connector, instance: string, env: Environment): InstanceSettings {
  const variable = (setting: string): string => variableOf(connector.name, setting, instance);
  const read = (settings: Settings): Read =>
    readValues(settings, (setting) => ({ name: variable(setting), value: env[variable(setting)] }));
  const shared = read(connector.settings);
  const problems = [...shared.problems, ...(shared.isAnySet ? shared.missing : [])];
  let isAnySet = shared.isAnySet;

  const wanted = list(env[variable('SOURCES')]);
  for (const name of wanted ?? []) {
    if (!Object.hasOwn(connector.sources, name)) {
      problems.push(
        `${variable('SOURCES')} names ${name}, which is no source of ${connector.name}. Its sources: ${Object.keys(connector.sources).join(', ')}.`,
      );
    }
  }
  const sources = Object.entries(connector.sources).map(([name, source]): SourceSettings => {
    const own = read(source.settings ?? {});
    isAnySet ||= own.isAnySet;
    const isAskedFor = own.isAnySet || wanted?.includes(name) === true;
    problems.push(...own.problems, ...(isAskedFor ? own.missing : []));
    const isOn =
      (wanted?.includes(name) ?? true) && (source.settings === undefined || own.missing.length === 0);
    const drop = compileDrop(variable(`${name}_DROP`), env, problems);
    return {
      source: name,
      isOn,
      values: { ...shared.values, ...own.values },
      ...(drop === undefined ? {} : { drop }),
    };
  });
  if (isAnySet && !shared.isAnySet) problems.push(...shared.missing);
  const startFrom = parseStart(variable('START'), env, problems);

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
    startFrom,
    variables: { address: ofKind('url').map(variable), credentials: ofKind('secret').map(variable) },
    secrets: ofKind('secret').flatMap((key) => env[variable(key)]?.trim() ?? []),
    env: ownSink(env, variable),
  };
}

interface Read {
  readonly values: Record<string, string>;
  readonly isAnySet: boolean;
  /** A sentence for each setting that is needed and not set. */
  readonly missing: readonly string[];
  /** A sentence for each that is set and wrong. */
  readonly problems: readonly string[];
}

function readValues(
  settings: Settings,
  look: (setting: string) => { readonly name: string; readonly value: string | undefined },
): Read {
  const values: Record<string, string> = {};
  const missing: string[] = [];
  const problems: string[] = [];
  let isAnySet = false;
  for (const [key, setting] of Object.entries(settings)) {
    const { name, value: text = '' } = look(key);
    const value = text.trim();
    if (value !== '') isAnySet = true;
    values[key] = value === '' ? (setting.default ?? '') : value;
    const problem = value === '' ? undefined : problemOf(setting, name, value);
    if (problem !== undefined) problems.push(problem);
    if (values[key] === '' && setting.optional !== true)
      missing.push(`${name} is not set: ${setting.help.replace(/\.$/, '')}.`);
    if (setting.kind === 'url') values[key] = values[key].replace(/\/+$/, '');
  }
  return { values, isAnySet, missing, problems };
}

function problemOf(setting: Setting, name: string, value: string): string | undefined {
  if (value.startsWith('@Microsoft.KeyVault(')) {
    return `${name} is a Key Vault reference that was not resolved. Give the app's identity the role Key Vault Secrets User, and check the name of the secret.`;
  }
  if (setting.kind !== 'url') return undefined;
  if (!URL.canParse(value))
    return `${name} is not an address. It looks like ${setting.example ?? 'https://example.com'}.`;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '')
    return `${name} must not hold a name or a password. Put them into their own settings.`;
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return undefined;
  return `${name} must begin with https:// (http:// is taken for this machine only).`;
}

/** True for addresses of this machine, the only ones that may be reached without TLS. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function list(text: string | undefined): string[] | undefined {
  const items = text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items === undefined || items.length === 0 ? undefined : items;
}

function ownSink(env: Environment, variable: (setting: string) => string): Environment {
  const own = SINK.flatMap((name) =>
    (env[variable(name)] ?? '') === '' ? [] : [[name, env[variable(name)]] as const],
  );
  return own.length === 0 ? env : { ...env, ...Object.fromEntries(own) };
}
