import { createHash } from 'node:crypto';
import { type Account, type Checkpoint, type SourceId, formatId } from '../contract/checkpoint';
import type { Connector, PullSource, Setting, SettingValues } from '../contract/connector';
import { SettingError } from '../contract/errors';
import { canonicalJson } from '../values/json/json';
import { toVariable } from '../values/names';
import { settingsOfAuth } from '../kit/auth/auth-settings';
import { allTexts, valuesIn } from '../kit/rest/request-texts';
import { withoutEndSlashes } from '../kit/define-connector';
import type { PullRange } from '../contract/windows';

/** The vendor's account that a source's settings name now. */
export interface NamedAccount {
  readonly hashes: Account;
  /** The variable of each setting that names it, for messages. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The account of a source, derived from its settings: every address, and every text that may select a tenant of the vendor.
 * It uses the effective values: also defaults, and the empty text of a setting that is not set. Only a hash of each value is
 * kept. Secrets are excluded: they change while the account stays the same, and a hash would help to guess them.
 * @param variableOf returns the variable of a setting
 */
export function accountOf(
  connector: Connector,
  source: PullSource,
  values: SettingValues,
  variableOf: (setting: string) => string,
): NamedAccount {
  const settings = { ...connector.settings, ...source.settings };
  const names = Object.keys(settings).filter((name) =>
    namesAccount(name, settings[name] as Setting, source, connector),
  );
  const hash = (name: string): string =>
    createHash('sha256')
      .update(JSON.stringify([connector.name, name, spelled(settings[name]?.kind, values[name] ?? '')]))
      .digest('hex')
      .slice(0, 32);
  return {
    hashes: Object.fromEntries(names.map((name) => [name, hash(name)])),
    variables: Object.fromEntries(names.map((name) => [name, variableOf(name)])),
  };
}

/**
 * Any setting that a request contains may select the tenant. The settings in a budget's scope are added to these and replace
 * none: the scope says whose limits a request counts against, not whose data it reads.
 */
function namesAccount(
  name: string,
  { kind, namesAccount: declared }: Setting,
  source: PullSource,
  { budget }: Connector,
): boolean {
  if (kind === 'secret' || declared === false) return false;
  const { scope = [] } = source.budget ?? budget ?? {};
  return kind === 'url' || scope.includes(name) || mayRead(source, name);
}

/** Code may read every setting; a declaration reads only those that it names. */
function mayRead({ partitions, pull: { objects, rest } }: PullSource, name: string): boolean {
  // The address of the queue is the account.
  if (objects !== undefined) return false;
  if (rest === undefined || partitions !== undefined) return true;
  const isShown = rest.auth !== undefined && settingsOfAuth(rest.auth).includes(name);
  return isShown || allTexts(rest).some((texts) => valuesIn(texts).has(name));
}

/** Normalizes an address, so that all its spellings have one hash. */
function spelled(kind: Setting['kind'] | undefined, value: string): string {
  return kind === 'url' && URL.canParse(value) ? withoutEndSlashes(new URL(value).href) : value;
}

/**
 * The settings whose value differs from that of the account that a state was saved for. A setting that only one of the two
 * has is no difference: another version of the connector may declare more settings, or fewer.
 */
export function changedSettings(saved: Account | undefined, now: Account): string[] {
  return Object.keys(now).filter((name) => saved?.[name] !== undefined && saved[name] !== now[name]);
}

/**
 * The account to save with a state: the one that the settings name, with the settings that earlier versions did not record.
 * @returns `saved` itself if nothing changes, or if it is another account
 */
export function boundAccount(saved: Account | undefined, named: NamedAccount): Account {
  const isAsItIs = saved !== undefined && canonicalJson(saved) === canonicalJson(named.hashes);
  return saved !== undefined && (isAsItIs || changedSettings(saved, named.hashes).length > 0)
    ? saved
    : named.hashes;
}

/**
 * The error if a source's state belongs to another account than the settings name; `undefined` if it belongs to this one,
 * or has no account yet.
 */
export function foreignState(
  id: SourceId,
  saved: Account | undefined,
  named: NamedAccount,
): SettingError | undefined {
  const others = changedSettings(saved, named.hashes);
  const [first] = others;
  if (first === undefined) return undefined;
  const name = formatId(id);
  const own = `${toVariable(id.connector)}__<NAME>__${toVariable(first)}`;
  return new SettingError(
    `reading ${name}: its stored state belongs to another account of the vendor; ${changed(others, named)} since. Nothing is read, because what this account has would be skipped. If it is another tenant, read it beside the first as an instance with a name of its own (${own}), or begin anew with "npx tributary state reset ${name}". If it is the same tenant, under another address or asked in another way, run "npx tributary state adopt ${name}".`,
  );
}

/** The same check for a backfill: compares the account that its job was created for. */
function foreignBackfill(
  id: SourceId,
  jobAccount: Account | undefined,
  named: NamedAccount,
): SettingError | undefined {
  const others = changedSettings(jobAccount, named.hashes);
  if (others.length === 0) return undefined;
  const { part = '', ...source } = id;
  return new SettingError(
    `reading ${formatId(id)}: the backfill was created for another account of the vendor; ${changed(others, named)} since. If it is another tenant, end it with "npx tributary backfill cancel ${part.split('.')[0] ?? ''}". If it is the same tenant, under another address or asked in another way, run "npx tributary state adopt ${formatId(source)}".`,
  );
}

function changed(others: readonly string[], { variables }: NamedAccount): string {
  const names = others.map((name) => variables[name] ?? name).join(' and ');
  return `${names} ${others.length === 1 ? 'has' : 'have'} changed`;
}

/** What {@link bindState} needs of a run. */
interface BoundRun {
  readonly id: SourceId;
  /** The account that the settings name. */
  readonly account?: NamedAccount;
  /** For a backfill slice: the account that its job was created for; `undefined` if the job does not record it. */
  readonly jobAccount: Account | undefined;
  readonly range?: PullRange | undefined;
}

/**
 * Adds the account to a checkpoint. One without an account is bound to the account that the settings name now.
 * @returns the checkpoint itself if it has the account already, or belongs to a backfill slice
 * @throws SettingError if it belongs to another account, or the backfill job was created for another
 */
export function bindState(checkpoint: Checkpoint, { account, id, jobAccount, range }: BoundRun): Checkpoint {
  if (account === undefined) return checkpoint;
  const foreign =
    range === undefined
      ? foreignState(id, checkpoint.account, account)
      : foreignBackfill(id, jobAccount, account);
  if (foreign !== undefined) throw foreign;
  const bound = boundAccount(checkpoint.account, account);
  return range !== undefined || bound === checkpoint.account ? checkpoint : { ...checkpoint, account: bound };
}
