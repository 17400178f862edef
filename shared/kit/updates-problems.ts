import type { PullSource } from '../contract/connector';

/**
 * The faults of a source's `updates`, a sentence each. Versions differ by content; a column with the id shows which versions
 * belong to one record.
 */
export function updatesProblems(name: string, { pull: { rest }, table, updates }: PullSource): string[] {
  const problems: string[] = [];
  if (updates === undefined) return problems;
  const check = (isFine: boolean, sentence: string): void => {
    if (!isFine) problems.push(sentence);
  };
  const who = `the source ${name}`;
  const { columns, eventId } = table;
  check(
    (updates as string) === 'in-place',
    `${who}: updates is ${JSON.stringify(updates)}. Write 'in-place', or leave it out.`,
  );
  check(
    eventId !== undefined,
    `${who}: updates in place need table.eventId. Name the path of the id, or leave updates out: without an id each content is an event of its own.`,
  );
  check(
    eventId === undefined || Object.values(columns).some(({ from }) => from === eventId),
    `${who}: updates in place need a column from ${eventId ?? ''}, written as in table.eventId. EventId names a version, and that column puts the versions of a record together.`,
  );
  check(
    rest?.next.kind !== 'page' || rest.stop.on === 'total',
    `${who}: updates in place and page numbers lose records: one that changes may leave the range during the read, and moves another to a page that was read. Stop on 'total', or page by offset.`,
  );
  return problems;
}
