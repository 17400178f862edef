import type { Page, PullContext, PullSource } from '../contract/connector';
import { ContractError, isNamedError } from '../contract/errors';
import type { Json } from '../contract/json';
import { stringifyJson } from '../kit/json';
import { isObject } from '../kit/paths';

/** A source's part of the checkpoint; with the boundary memory the blob stays under 64 KB. */
const MAX_CHECKPOINT_BYTES = 16 * 1024;

/**
 * Runs a source's pull and checks every page that it yields.
 * @throws the four named errors as they are; anything else a source throws as a ContractError with its cause;
 * what the signal aborts for as it is
 */
export async function* pages(
  source: PullSource,
  context: PullContext,
  who: string,
): AsyncGenerator<Page, void, undefined> {
  try {
    for await (const page of source.pull(context)) yield checked(page, who);
  } catch (error) {
    if (isNamedError(error) || context.signal.aborted) throw error;
    throw new ContractError(`pulling ${who}: ${String(error)}. The connector's code must handle this.`, {
      cause: error,
    });
  }
}

function checked(page: Page, who: string): Page {
  const { records, checkpoint } = page as { records: unknown; checkpoint: unknown };
  if (!Array.isArray(records)) {
    throw new ContractError(
      `pulling ${who}: the page's records are no array. Yield { records, checkpoint }.`,
    );
  }
  if (!isObject(checkpoint as Json)) {
    throw new ContractError(
      `pulling ${who}: the page's checkpoint is no JSON object. Yield { records, checkpoint }.`,
    );
  }
  const bytes = Buffer.byteLength(stringifyJson(checkpoint as Json));
  if (bytes > MAX_CHECKPOINT_BYTES) {
    throw new ContractError(
      `pulling ${who}: the page's checkpoint has ${bytes} bytes, more than ${MAX_CHECKPOINT_BYTES}. Keep positions in it, not records.`,
    );
  }
  return page;
}
