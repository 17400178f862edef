import { createHash } from 'node:crypto';
import { type Account, type Checkpoint, type SourceId, formatId } from '../contract/checkpoint';
import type { Connector, PullSource, Setting, SettingValues } from '../contract/connector';
import { SettingError } from '../contract/errors';
import { canonicalJson } from '../values/json/json';
import { toVariable } from '../values/names';
import { requestTexts, valuesIn } from '../kit/rest/request-texts';
import { withoutEndSlashes } from '../kit/define-connector';
import type { PullRange } from '../contract/windows';

/** The vendor's account that a source's settings name now. */
export interface NamedAccount {
  readonly hashes: Account;
  /** The variable of each setting that names it, for messages. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The account of a source, from its settings: every address, and every text that may tell one tenant of the vendor from
 * another, by the value that is used: a default too, and the empty text of one that is not set. A hash of each value is
 * all that is kept; a secret is never among them, because it changes while the account stays, and because a hash of it
 * would be something to guess from.
 * @param variableOf gives the variable of a setting
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
 * Any setting that a request holds may select the tenant. The scope of a budget is added to these and replaces none: it tells
 * apart whose limits a request counts against, and not whose data it reads.
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

/** Code may read every setting; a declaration reads those that it names. */
function mayRead({ partitions, pull: { rest } }: PullSource, name: string): boolean {
  if (rest === undefined || partitions !== undefined) return true;
  const isSigned = rest.auth?.kind === 'signature' && rest.auth.settings.includes(name);
  return isSigned || valuesIn(requestTexts(rest)).has(name);
}

/** One address however it is written. */
function spelled(kind: Setting['kind'] | undefined, value: string): string {
  return kind === 'url' && URL.canParse(value) ? withoutEndSlashes(new URL(value).href) : value;
}

/**
 * The settings that name another account than a state was saved for. What only one of the two knows is no difference:
 * another version of the connector declares more of them, or fewer.
 */
export function otherSettings(saved: Account | undefined, { hashes }: NamedAccount): string[] {
  return Object.keys(hashes).filter((name) => saved?.[name] !== undefined && saved[name] !== hashes[name]);
}

/**
 * The account that a state is saved for from now on: the one that the settings name, with what a version before did not
 * know of it.
 * @returns `saved` itself where nothing is to be added, or where it is another account
 */
export function boundAccount(saved: Account | undefined, named: NamedAccount): Account {
  const isAsItIs = saved !== undefined && canonicalJson(saved) === canonicalJson(named.hashes);
  return saved !== undefined && (isAsItIs || otherSettings(saved, named).length > 0) ? saved : named.hashes;
}

/**
 * Why a source's state must not be gone on from; `undefined` where it is of the account that the settings name, or of
 * none yet.
 */
export function foreignState(
  id: SourceId,
  saved: Account | undefined,
  named: NamedAccount,
): SettingError | undefined {
  const others = otherSettings(saved, named);
  const [first] = others;
  if (first === undefined) return undefined;
  const name = formatId(id);
  const own = `${toVariable(id.connector)}__<NAME>__${toVariable(first)}`;
  return new SettingError(
    `reading ${name}: its stored state belongs to another account of the vendor; ${changed(others, named)} since. Nothing is read, because what this account has would be skipped. If it is another tenant, read it beside the first as an instance with a name of its own (${own}), or begin anew with "npx tributary state reset ${name}". If it is the same tenant, under another address or asked in another way, run "npx tributary state adopt ${name}".`,
  );
}

/** The same of a backfill, by the account that it was ordered for. */
export function foreignBackfill(
  id: SourceId,
  ordered: Account | undefined,
  named: NamedAccount,
): SettingError | undefined {
  const others = otherSettings(ordered, named);
  if (others.length === 0) return undefined;
  const { part = '', ...source } = id;
  return new SettingError(
    `reading ${formatId(id)}: the backfill was ordered for another account of the vendor; ${changed(others, named)} since. If it is another tenant, end it with "npx tributary backfill cancel ${part.split('.')[0] ?? ''}". If it is the same tenant, under another address or asked in another way, run "npx tributary state adopt ${formatId(source)}".`,
  );
}

function changed(others: readonly string[], { variables }: NamedAccount): string {
  const names = others.map((name) => variables[name] ?? name).join(' and ');
  return `${names} ${others.length === 1 ? 'has' : 'have'} changed`;
}

/** What a run says of the account that it reads. */
interface BoundRun {
  readonly id: SourceId;
  /** The account that the settings name. */
  readonly account?: NamedAccount;
  /** For a backfill slice: the account that its job was created for; `undefined` where the job does not say. */
  readonly jobAccount: Account | undefined;
  readonly range?: PullRange | undefined;
}

/**
 * A checkpoint that says whose it is. One that says no account yet is of the one that the settings name now.
 * @returns the same one where it says so already
 * @throws SettingError where it belongs to another account, or the backfill job was created for another
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
