import { progressOf } from '../backfill/backfill-progress';
import type { BackfillProgress, Backfills } from '../contract/backfill';
import {
  formatId,
  type Checkpoint,
  type CheckpointStore,
  type Ledger,
  type SourceId,
} from '../contract/checkpoint';
import type { Connector } from '../contract/connector';
import type { Pauses } from '../contract/operator';
import type { RunReport, RunReports } from '../contract/run';
import { readOrReport } from '../values/damage-errors';
import type { InstanceSettings } from '../settings/instance-settings';
import type { BrokenFolder } from '../contract/connector-folder';

/** The status of one source. */
export interface SourceStatus {
  readonly source: string;
  readonly title: string;
  readonly table: string;
  readonly isOn: boolean;
  /** The path of its endpoint below the function app's address; absent for a pulled source. */
  readonly address?: string;
  /** Totals since its first run; absent before it. */
  readonly ledger?: Ledger;
  /** The newest delivered event time. */
  readonly newest?: string;
  readonly lastRun?: RunReport;
  /** Its unfinished backfills; absent when there are none. */
  readonly backfills?: readonly BackfillStatus[];
  /** Which stored state cannot be read, and the remedy. */
  readonly problem?: string;
}

/** An unfinished backfill. */
export type BackfillStatus = Pick<
  BackfillProgress,
  'id' | 'from' | 'to' | 'state' | 'parts' | 'done' | 'worked' | 'ledger'
>;

/** The status of one instance: `off (was on)` when it has run and its settings are gone. */
export interface InstanceStatus {
  readonly instance: string;
  readonly state: 'on' | 'off' | 'off (was on)' | 'wrong';
  readonly problems: readonly string[];
  readonly sources: readonly SourceStatus[];
}

/** The status of one connector; `broken` when its folder could not be loaded. */
export interface ConnectorStatus {
  readonly connector: string;
  readonly title: string;
  readonly broken?: string;
  readonly instances: readonly InstanceStatus[];
}

/** An instance that has run and has no settings left. */
const GONE = { state: 'off (was on)', problems: [], sources: [] } as const;

/** The stored state that a status reads. */
type State = () => {
  readonly backfills: Pick<Backfills, 'list'>;
  readonly checkpoints: CheckpointStore;
  readonly pauses: Pick<Pauses, 'read'>;
  readonly reports: RunReports;
};

/**
 * Reads the status of every connector from its settings and the stored state.
 * @throws SettingError | UnavailableError when storage cannot be read
 */
export async function readStatus(
  connectors: readonly Connector[],
  broken: readonly BrokenFolder[],
  instancesOf: (connector: Connector) => readonly InstanceSettings[],
  state: State,
): Promise<ConnectorStatus[]> {
  const ran = new Map<string, Set<string>>();
  for await (const { connector, instance } of state().checkpoints.list()) {
    ran.set(connector, (ran.get(connector) ?? new Set()).add(instance));
  }
  const backfills = await backfillsOf(state);
  const sound = connectors.map(async (connector): Promise<ConnectorStatus> => {
    const known = instancesOf(connector);
    const gone = [...(ran.get(connector.name) ?? [])].filter(
      (name) => !known.some(({ instance }) => instance === name),
    );
    const hasRun = (instance: string): boolean => ran.get(connector.name)?.has(instance) === true;
    const here = await Promise.all(
      known.map((one) => ofInstance(connector, one, hasRun(one.instance), { state, backfills })),
    );
    const instances = [...here, ...gone.map((instance) => ({ ...GONE, instance }))];
    return { connector: connector.name, title: connector.title, instances };
  });
  const left = broken.map(({ folder, problem }): ConnectorStatus => ({
    connector: folder,
    title: folder,
    broken: problem,
    instances: [],
  }));
  return [...(await Promise.all(sound)), ...left];
}

/** The readable part of a source's stored state. */
interface StoredSource {
  readonly checkpoint?: Checkpoint | undefined;
  readonly lastRun?: RunReport | undefined;
  readonly problems?: readonly string[];
}

function progressIn({
  checkpoint,
  lastRun,
}: StoredSource): Pick<SourceStatus, 'ledger' | 'newest' | 'lastRun'> {
  return {
    ...(checkpoint === undefined ? {} : { ledger: checkpoint.ledger }),
    ...(checkpoint?.boundary === undefined ? {} : { newest: checkpoint.boundary.time }),
    ...(lastRun === undefined ? {} : { lastRun }),
  };
}

/** Reads a source's stored state. Damage becomes that source's problem and hides no other source. */
async function readStored(id: SourceId, state: State): Promise<StoredSource> {
  const problems: string[] = [];
  const damaged = ({ message }: Error): void => void problems.push(message);
  const [lastRun, checkpoint] = await Promise.all([
    readOrReport(state().reports.read(id), damaged),
    readOrReport(state().checkpoints.read(id), damaged),
    readOrReport(state().pauses.read(id), damaged),
  ]);
  return { checkpoint, lastRun, problems };
}

/** By source: the unfinished backfills, and the problems of unreadable ones. */
interface BackfillsOf {
  readonly known: ReadonlyMap<string, readonly BackfillStatus[]>;
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

async function backfillsOf(state: State): Promise<BackfillsOf> {
  const known = new Map<string, BackfillStatus[]>();
  const problems = new Map<string, string[]>();
  const add = <T>(to: Map<string, T[]>, of: SourceId, one: T): void =>
    void to.set(formatId(of), [...(to.get(formatId(of)) ?? []), one]);
  const damaged = ({ message }: Error, of: SourceId): void => add(problems, of, message);
  for await (const job of state().backfills.list(undefined, damaged)) {
    if (job.state !== 'running' && job.state !== 'paused') continue;
    const { done, from, id, ledger, parts, state: now, to, worked } = await progressOf(state(), job);
    add(known, job, { id, from, to, state: now, parts, done, worked, ledger });
  }
  return { known, problems };
}

async function ofInstance(
  connector: Connector,
  settings: InstanceSettings,
  hasRun: boolean,
  { backfills, state }: { readonly state: State; readonly backfills: BackfillsOf },
): Promise<InstanceStatus> {
  const { instance, webhooks } = settings;
  const problems = [...settings.problems, ...webhooks.flatMap((one) => one.problems)];
  const sources = settings.sources.map(async ({ isOn, source }): Promise<SourceStatus> => {
    const id = { connector: connector.name, instance, source };
    const stored = hasRun ? await readStored(id, state) : {};
    const own = backfills.known.get(formatId(id)) ?? [];
    const damaged = [...(stored.problems ?? []), ...(backfills.problems.get(formatId(id)) ?? [])];
    const { table, title } = connector.sources[source] ?? {};
    return {
      source,
      title: title ?? source,
      table: table?.name ?? '',
      isOn: settings.state === 'on' && isOn,
      ...progressIn(stored),
      ...(own.length === 0 ? {} : { backfills: own }),
      ...(damaged.length === 0 ? {} : { problem: damaged.join(' ') }),
    };
  });
  const webhookSources = webhooks.map(({ source, state: now }): SourceStatus => {
    const { table, title } = connector.sources[source] ?? {};
    const known = { source, title: title ?? source, table: table?.name ?? '', isOn: now === 'on' };
    return { ...known, address: `/api/push/${connector.name}/${source}` };
  });
  return {
    instance,
    state: stateOf(settings, hasRun),
    problems,
    sources: [...(await Promise.all(sources)), ...webhookSources],
  };
}

/** `wrong` when any part is wrong, else `on` when any part is on. */
function stateOf({ webhooks, state }: InstanceSettings, hasRun: boolean): InstanceStatus['state'] {
  const all = [state, ...webhooks.map((webhook) => webhook.state)];
  if (all.includes('wrong')) return 'wrong';
  if (all.includes('on')) return 'on';
  return hasRun ? 'off (was on)' : 'off';
}
