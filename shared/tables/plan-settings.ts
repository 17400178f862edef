import { streamName } from '../contract/table';
import type { TablePlan } from '../contract/workspace';
import type { DcrStreams } from '../sink/dcr-streams';

/** A setting that the app needs to use the rules. */
export interface NeededSetting {
  readonly name: 'LOGS_INGESTION_ENDPOINT' | 'DCR_IMMUTABLE_ID' | 'DCR_STREAMS';
  readonly value: string;
  /** True when it already has this value. */
  readonly isSet: boolean;
}

/** A data collection rule that accepts rows. */
export interface UsableRule {
  readonly name: string;
  readonly immutableId: string;
  readonly endpoint?: string | undefined;
}

/** The current settings; an unset one is empty. */
export interface SinkSettingsNow {
  readonly endpoint: string;
  readonly dcr: string;
  readonly streams: DcrStreams;
}

/**
 * The settings that route the tables' rows to their rules. The rule in `DCR_IMMUTABLE_ID` stays the default; without
 * one, the first rule becomes it. Every table of another rule gets an entry in `DCR_STREAMS`.
 */
export function neededSettings(
  tables: readonly Pick<TablePlan, 'table' | 'stream' | 'rule'>[],
  rules: readonly UsableRule[],
  now: SinkSettingsNow,
): NeededSetting[] {
  const [first] = rules;
  if (first === undefined) return [];
  const common = now.dcr === '' ? first : rules.find(({ immutableId }) => immutableId === now.dcr);
  const isNew = now.dcr === '' || now.endpoint === '';
  const endpoint = (isNew ? (common ?? first).endpoint : undefined) ?? now.endpoint;
  const lines = tables.flatMap(({ rule, stream, table }) => {
    const own = rules.find(({ name }) => name === rule);
    const isUsual = stream === streamName({ name: table });
    if (own === undefined || (own === common && isUsual)) return [];
    const at = own.endpoint !== undefined && own.endpoint !== endpoint ? { endpoint: own.endpoint } : {};
    return [[table, { dcr: own.immutableId, ...(isUsual ? {} : { stream }), ...at }] as const];
  });
  const planned = new Set(tables.map(({ table }) => table));
  const others = Object.entries(now.streams).filter(([table]) => !planned.has(table));
  const streams = Object.fromEntries([...others, ...lines]);
  const dcr = common?.immutableId ?? now.dcr;
  const setting = (name: NeededSetting['name'], value: string, is: string): NeededSetting[] =>
    value === '' ? [] : [{ name, value, isSet: value === is }];
  return [
    ...setting('LOGS_INGESTION_ENDPOINT', endpoint, now.endpoint),
    ...setting('DCR_IMMUTABLE_ID', dcr, now.dcr),
    ...(Object.keys(streams).length === 0 && Object.keys(now.streams).length === 0
      ? []
      : setting('DCR_STREAMS', sorted(streams), sorted(now.streams))),
  ];
}

function sorted(streams: DcrStreams): string {
  return JSON.stringify(Object.fromEntries(Object.entries(streams).sort(([a], [b]) => (a < b ? -1 : 1))));
}
