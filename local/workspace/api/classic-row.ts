import type { JsonObject } from '../../../shared/contract/json';
import { toClassicColumns, type ClassicShape } from '../../../shared/push/data-collector/columns';
import { runToEnd } from '../../../shared/values/cooperative';
import { declare, fill, type Row, type Shape } from '../store/catalog';
import { cut, type Cell } from '../store/cells';
import { formatJson } from '../lossless-json';
import { CLASSIC_COLUMNS, stamp } from './standard-columns';
import { clampTime, readTime } from '../time';
import { classicTime, type ClassicValue } from '../../../shared/push/data-collector/column-types';

/** The facts that one post gives about all its records. */
export interface PostFacts {
  /** The property that becomes `TimeGenerated`, from the header `time-generated-field`. */
  readonly timeField: string | undefined;
  /** From the header `x-ms-AzureResourceId`. */
  readonly resourceId: string | undefined;
  readonly tenantId: string;
  readonly receivedAt: Date;
}

/** A longer value is cut. @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#data-limits */
const MAX_FIELD_BYTES = 32_768;

/** The row of a record: see {@link toClassicColumns}. Properties without a column go to `AdditionalFields`. */
export function toClassicRow(shape: Shape, record: JsonObject, facts: PostFacts): Row {
  declare(shape, CLASSIC_COLUMNS);
  const row: Row = [];
  const { columns, extra } = runToEnd(toClassicColumns(classicShape(shape), record));
  for (const [name, value] of columns) fill(shape, row, { [name]: toCell(shape, name, value) });
  if (extra.size > 0) {
    if (shape.find('AdditionalFields') === undefined)
      shape.add({ name: 'AdditionalFields', type: 'dynamic' });
    fill(shape, row, { AdditionalFields: formatJson(Object.fromEntries(extra)) });
  }
  const time = classicTime(record, facts.timeField);
  fill(shape, row, {
    TimeGenerated: clampTime(time === undefined ? undefined : readTime(time), facts.receivedAt),
    SourceSystem: 'RestAPI',
    _ResourceId: facts.resourceId ?? null,
  });
  return stamp(shape, row, facts.tenantId, facts.receivedAt);
}

function toCell(shape: Shape, name: string, value: ClassicValue): Cell {
  if (typeof value !== 'string') return value;
  const column = shape.columns[shape.find(name) ?? -1];
  return column?.type === 'datetime' ? (readTime(value) ?? null) : cut(value, MAX_FIELD_BYTES);
}

function classicShape(shape: Shape): ClassicShape {
  return {
    get size() {
      return shape.columns.length;
    },
    find: (name) => {
      const position = shape.find(name);
      return position === undefined ? undefined : shape.columns[position];
    },
    add: (column) => void shape.add(column),
  };
}
