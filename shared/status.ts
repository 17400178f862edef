import { progressOf } from './backfill/progress';
import type { BackfillProgress, Backfills } from './contract/backfill';
import {
  formatId,
  type Checkpoint,
  type CheckpointStore,
  type Ledger,
  type SourceId,
} from './contract/checkpoint';
import { ContractError } from './contract/errors';
import type { Connector } from './contract/connector';
import type { RunReport, RunReports } from './contract/run';
import type { InstanceSettings } from './io/settings';
import type { BrokenFolder } from './load';

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
  /** Why its stored state cannot be read. */
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

/** What is stored of a source. A damaged checkpoint is that source's problem and hides no other. */
async function readStored(
  id: SourceId,
  state: State,
): Promise<{ readonly checkpoint?: Checkpoint; readonly lastRun?: RunReport; readonly problem?: string }> {
  const lastRun = await state().reports.read(id);
  const known = lastRun === undefined ? {} : { lastRun };
  try {
    const checkpoint = await state().checkpoints.read(id);
    return checkpoint === undefined ? known : { ...known, checkpoint };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { ...known, problem: error.message };
  }
}

/** Backfills that are not over, by the source they are of. */
async function backfillsOf(state: State): Promise<ReadonlyMap<string, readonly BackfillStatus[]>> {
  const found = new Map<string, BackfillStatus[]>();
  // The sweep says which cannot be read.
  for await (const order of state().backfills.list(undefined, () => undefined)) {
    if (order.state !== 'running' && order.state !== 'paused') continue;
    const { done, from, id, ledger, parts, state: now, to, worked } = await progressOf(state(), order);
    const one = { id, from, to, state: now, parts, done, worked, ledger };
    found.set(formatId(order), [...(found.get(formatId(order)) ?? []), one]);
  }
  return found;
}

async function ofInstance(
  connector: Connector,
  settings: InstanceSettings,
  hasRun: boolean,
  {
    backfills,
    state,
  }: { readonly state: State; readonly backfills: Awaited<ReturnType<typeof backfillsOf>> },
): Promise<InstanceStatus> {
  const { instance, receivers } = settings;
  const problems = [...settings.problems, ...receivers.flatMap((one) => one.problems)];
  const sources = settings.sources.map(async ({ isOn, source }): Promise<SourceStatus> => {
    const id = { connector: connector.name, instance, source };
    const { checkpoint, lastRun, problem } = hasRun ? await readStored(id, state) : {};
    const own = backfills.get(formatId(id)) ?? [];
    const { table, title } = connector.sources[source] ?? {};
    return {
      source,
      title: title ?? source,
      table: table?.name ?? '',
      isOn: settings.state === 'on' && isOn,
      ...(checkpoint === undefined ? {} : { ledger: checkpoint.ledger }),
      ...(checkpoint?.boundary === undefined ? {} : { newest: checkpoint.boundary.time }),
      ...(lastRun === undefined ? {} : { lastRun }),
      ...(own.length === 0 ? {} : { backfills: own }),
      ...(problem === undefined ? {} : { problem }),
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
