import { progressOf } from '../backfill/progress';
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
import { readOrTell } from '../values/damaged';
import type { InstanceSettings } from '../settings/settings';
import type { BrokenFolder } from '../contract/folder';

/** How one source is. */
export interface SourceStatus {
  readonly source: string;
  readonly title: string;
  readonly table: string;
  readonly isOn: boolean;
  /** Where it is posted to, below the function app's address; absent for one that is pulled. */
  readonly address?: string;
  /** The totals since its first run; absent before it. */
  readonly ledger?: Ledger;
  /** The newest event time that was delivered. */
  readonly newest?: string;
  readonly lastRun?: RunReport;
  /** Backfills of it that are not over; absent where there is none. */
  readonly backfills?: readonly BackfillStatus[];
  /** What of its stored state cannot be read, and what to do. */
  readonly problem?: string;
}

/** A backfill that is not over. */
export type BackfillStatus = Pick<
  BackfillProgress,
  'id' | 'from' | 'to' | 'state' | 'parts' | 'done' | 'worked' | 'ledger'
>;

/** How one instance is: `off (was on)` when it ran before and its settings are gone. */
export interface InstanceStatus {
  readonly instance: string;
  readonly state: 'on' | 'off' | 'off (was on)' | 'wrong';
  readonly problems: readonly string[];
  readonly sources: readonly SourceStatus[];
}

/** How one connector is; `broken` when its folder was left out. */
export interface ConnectorStatus {
  readonly connector: string;
  readonly title: string;
  readonly broken?: string;
  readonly instances: readonly InstanceStatus[];
}

/** An instance that ran before and of which no setting is left. */
const GONE = { state: 'off (was on)', problems: [], sources: [] } as const;

/** What is read of the stored state. */
type State = () => {
  readonly backfills: Pick<Backfills, 'list'>;
  readonly checkpoints: CheckpointStore;
  readonly pauses: Pick<Pauses, 'read'>;
  readonly reports: RunReports;
};

/**
 * Reads how every connector is, from its settings and from the stored state.
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

/** What could be read of what is stored of a source. */
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

/** What is stored of a source. What is damaged of it is that source's problem and hides no other. */
async function readStored(id: SourceId, state: State): Promise<StoredSource> {
  const problems: string[] = [];
  const damaged = ({ message }: Error): void => void problems.push(message);
  const [lastRun, checkpoint] = await Promise.all([
    readOrTell(state().reports.read(id), damaged),
    readOrTell(state().checkpoints.read(id), damaged),
    readOrTell(state().pauses.read(id), damaged),
  ]);
  return { checkpoint, lastRun, problems };
}

/** Backfills that are not over, and what is wrong with those that cannot be read, by the source they are of. */
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
  for await (const order of state().backfills.list(undefined, damaged)) {
    if (order.state !== 'running' && order.state !== 'paused') continue;
    const { done, from, id, ledger, parts, state: now, to, worked } = await progressOf(state(), order);
    add(known, order, { id, from, to, state: now, parts, done, worked, ledger });
  }
  return { known, problems };
}

async function ofInstance(
  connector: Connector,
  settings: InstanceSettings,
  hasRun: boolean,
  { backfills, state }: { readonly state: State; readonly backfills: BackfillsOf },
): Promise<InstanceStatus> {
  const { instance, receivers } = settings;
  const problems = [...settings.problems, ...receivers.flatMap((one) => one.problems)];
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
  const received = receivers.map(({ source, state: now }): SourceStatus => {
    const { table, title } = connector.sources[source] ?? {};
    const known = { source, title: title ?? source, table: table?.name ?? '', isOn: now === 'on' };
    return { ...known, address: `/api/push/${connector.name}/${source}` };
  });
  return {
    instance,
    state: stateOf(settings, hasRun),
    problems,
    sources: [...(await Promise.all(sources)), ...received],
  };
}

/** Wrong where anything of it is; on where anything is. */
function stateOf({ receivers, state }: InstanceSettings, hasRun: boolean): InstanceStatus['state'] {
  const all = [state, ...receivers.map((receiver) => receiver.state)];
  if (all.includes('wrong')) return 'wrong';
  if (all.includes('on')) return 'on';
  return hasRun ? 'off (was on)' : 'off';
}
