import type { RestSpec } from '../../../shared/contract/rest';
import { compilePath, compileQuery, listPath } from '../../../shared/values/json-path';
import { toIso } from '../../../shared/values/time';
import { orderOf, stepsOf } from '../../../shared/values/time-order';
import { kindOf, ORDERS, type Order } from '../rest-kinds';
import type { Sample } from './sample';
import type { NewCommand } from '../options';

/*
 * Reads from a sample the order of its records and how it names the next page. Says which flag to add if the sample does not
 * show it.
 */

/**
 * The order of a sample that is read by time: as the sample shows, else as the author says, else oldest first.
 * @throws Error naming the flag, if the sample contradicts the author or has no order
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

/** True if the sample does not show its order, because it has fewer than two different times. */
export function hidesOrder({ records }: Sample, time: string): boolean {
  const timeAt = compilePath(time);
  return orderOf(stepsOf(records.map((record) => toIso(timeAt(record))))) === undefined;
}

/** The flag and the path of next-page information that the declaration reads and the sample lacks. */
export function missingPath({ body }: Sample, { details, files, next, stop }: RestSpec): string | undefined {
  // The sample is an answer with details or a file, not a page of the list.
  if (details !== undefined || files !== undefined) return undefined;
  const paths = [
    ...(next.kind === 'cursor' && next.from !== undefined ? [['--cursor', next.from] as const] : []),
    ...(stop.on === 'unless' ? [['--more', stop.path] as const] : []),
    ...(stop.on === 'total' || stop.on === 'last-page' ? [['--total', stop.path] as const] : []),
  ];
  const missing = paths.find(([, path]) => compileQuery(listPath(path))(body).length === 0);
  return missing?.join(' ');
}

/** @throws Error naming the flag, if a sample lacks next-page information and is not said to be the last page */
export function checkPaths(sample: Sample, spec: RestSpec, { last }: NewCommand): void {
  const missing = last === true ? undefined : missingPath(sample, spec);
  if (missing === undefined) return;
  throw new Error(
    `${missing}: the sample has nothing there. Correct the path, save an answer that has a next page, or add --last ` +
      'if the sample is the last page.',
  );
}
