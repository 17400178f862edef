import type { PullSource } from '../contract/connector';
import { memberNames } from '../values/json-path';

/** The faults of a source whose records are split (`explode`), a sentence each: which of its paths may lie within an element. */
export function explodeProblems(name: string, { pull: { rest }, table }: PullSource): string[] {
  const explode = rest?.explode;
  if (explode === undefined) return [];
  const { eventId, time } = table;
  const problems: string[] = [];
  if (eventId !== undefined && !isWithin(eventId, explode))
    problems.push(
      `the source ${name}: table.eventId is ${eventId}, which all records from one parent share. Name an id of an element, such as ${explode}.id, or leave it out: EventId is then a hash of the record.`,
    );
  // The vendor shows a parent by its own time: an element with another time may lie outside of the range that showed it.
  if (isWithin(time, explode))
    problems.push(
      `the source ${name}: table.time is ${time}, and the vendor is asked for parents by theirs. Name the time of the parent, and give the element's a column.`,
    );
  return problems;
}

function isWithin(path: string, list: string): boolean {
  const [names, place] = [memberNames(path) ?? [], memberNames(list) ?? []];
  return names.length >= place.length && place.every((one, at) => one === names[at]);
}
