import type { RestSpec } from '../../../shared/contract/rest';
import { compilePath, compileQuery, listPath } from '../../../shared/values/json-path';
import { toIso } from '../../../shared/values/time';
import { orderOf, stepsOf } from '../../../shared/values/time-order';
import { kindOf, ORDERS, type Order } from '../rest-kinds';
import type { Sample } from './sample';
import type { NewCommand } from '../options';

/*
 * What a sample shows of its vendor, and what its author must say where it does not: the order of the records, and how an
 * answer that is not the last one names the next.
 */

/**
 * The order of a sample that is read by time; where it shows none, what its author says, or oldest first.
 * @throws Error that names the flag, where it shows another order than is said, or none that can be read
 */
export function orderOfSample({ records }: Sample, time: string, { order }: NewCommand): Order {
  const timeAt = compilePath(time);
  const said = order === undefined ? undefined : kindOf('order', order, ORDERS);
  const shown = orderOf(stepsOf(records.map((record) => toIso(timeAt(record)))));
  if (shown === 'mixed')
    throw new Error(
      'The records of the sample are not ordered by time. Save one unchanged answer, or name another member ' +
        'with --time. If the vendor does not order its pages by time, choose --stop empty-page or --resume cursor.',
    );
  if (said !== undefined && shown !== undefined && said !== shown)
    throw new Error(`--order ${said}: the sample is ${shown}. Save one unchanged answer.`);
  return said ?? shown ?? 'oldest-first';
}

/** True where a sample does not show its order: it has fewer than two times. */
export function hidesOrder({ records }: Sample, time: string): boolean {
  const timeAt = compilePath(time);
  return orderOf(stepsOf(records.map((record) => toIso(timeAt(record))))) === undefined;
}

/** The flag and the path of what a sample has nothing of, although its source goes on by it. */
export function missingPath({ body }: Sample, { details, next, stop }: RestSpec): string | undefined {
  // Such a sample is no page of the list.
  if (details !== undefined) return undefined;
  const paths = [
    ...(next.kind === 'cursor' && next.from !== undefined ? [['--cursor', next.from] as const] : []),
    ...(stop.on === 'unless' ? [['--more', stop.path] as const] : []),
    ...(stop.on === 'total' || stop.on === 'last-page' ? [['--total', stop.path] as const] : []),
  ];
  const missing = paths.find(([, path]) => compileQuery(listPath(path))(body).length === 0);
  return missing?.join(' ');
}

/** @throws Error that names the flag, where a sample that is not the last page has nothing of what its source goes on by */
export function checkPaths(sample: Sample, spec: RestSpec, { last }: NewCommand): void {
  const missing = last === true ? undefined : missingPath(sample, spec);
  if (missing === undefined) return;
  throw new Error(
    `${missing}: the sample has nothing there. Correct the path, save an answer that has a next page, or add --last ` +
      'if the sample is the last page.',
  );
}
