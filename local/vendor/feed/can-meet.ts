import type { RestSpec } from '../../../shared/contract/rest';
import { pagingOf } from '../../../shared/kit/rest/paging/paging-of';
import type { FaultKind } from '../faults';

/**
 * True for a fault that the paging and the format of a declared vendor may have. A vendor whose pages follow from numbers or ids
 * loses the records of a page that it leaves out. The chunks of an export name no next one.
 */
export function canMeet(spec: RestSpec, kind: FaultKind['do']): boolean {
  const { isNumbered } = pagingOf(spec);
  const isById = spec.next.kind === 'cursor' && spec.next.record !== undefined;
  if (spec.export !== undefined && PAGING.includes(kind)) return false;
  // Half of some lines is a valid answer too.
  if (kind === 'truncated') return spec.format === undefined;
  if (kind === 'more-records') return hasAnyValue(spec.format);
  if (kind === 'repeated-page') return !isNumbered && !isById;
  return kind !== 'empty-page' || !isNumbered;
}

/** False for a format whose records are always objects of texts. */
export function hasAnyValue(format: RestSpec['format']): boolean {
  return format === undefined || format === 'ndjson';
}

const PAGING: readonly FaultKind['do'][] = ['same-token', 'repeated-page', 'empty-page'];
