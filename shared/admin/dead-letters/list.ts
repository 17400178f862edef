import type { SourceId } from '../../contract/checkpoint';
import type { StoredDeadLetter, DeadLetterPage } from '../../contract/operator';
import type { AdminContext } from '../admin-context';

/** Selects dead letters. */
export type DeadLetterFilter = (deadLetter: StoredDeadLetter) => boolean;

/** Every dead letter of one source or of all, oldest day first. A damaged one is logged and skipped. @throws UnavailableError */
export async function* listDeadLetters(
  context: AdminContext,
  id: SourceId | undefined,
  matches: DeadLetterFilter,
): AsyncGenerator<StoredDeadLetter, void, undefined> {
  for await (const page of context.state.deadLetters.list(id))
    yield* (await readPage(context, page)).filter(matches);
}

/** Reads the dead letters of a page. A damaged one is logged and stays as it is. */
export async function readPage(
  { log, state }: AdminContext,
  page: DeadLetterPage,
): Promise<StoredDeadLetter[]> {
  return state.deadLetters.read(page, ({ message }) =>
    log.error({ ...page.id, reason: message }, 'dead letters cannot be read'),
  );
}
