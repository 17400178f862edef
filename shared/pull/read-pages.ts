import { EMPTY_CHECKPOINT, type Checkpoint, type LeasedCheckpoint } from '../contract/checkpoint';
import type { Page, PullContext, PullSource } from '../contract/connector';
import { ContractError, isNamedError, thrownText } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import type { PullRange } from '../contract/windows';
import { isDamage } from '../values/damage-errors';
import { runToEnd } from '../values/cooperative';
import { isDeeperThan, parseJson, stringifyJson } from '../values/json/json';
import { isObject } from '../values/json-path';
import { followPages } from './page-order';
import { windowContextOf } from '../windows/window-context';
import { readWindows } from '../windows/read-windows';
import type { ReadPage } from './pull-run';

/** Most bytes of a source's position. With the watermark ids the blob stays under 64 KB. */
const MAX_CHECKPOINT_BYTES = 16 * 1024;
/** Below the depth limit of stored JSON, so that a position fits at any level of the blob. */
const MAX_CHECKPOINT_LEVELS = 50;

/**
 * Runs a source's pull; window by window if the source is read in windows. Checks and copies every page, because the source
 * continues with its own array and checkpoint while the page is delivered. A page whose checkpoint cannot be saved is still
 * delivered, without moving the position; then its error is thrown.
 * @throws the four named errors, and the reason of an aborted signal, unchanged; anything else that a source throws as a
 * ContractError with its cause
 */
export async function* pages(
  source: PullSource,
  context: PullContext,
  who: string,
  checkpoint: Checkpoint = EMPTY_CHECKPOINT,
  range?: PullRange,
): AsyncGenerator<ReadPage, void, undefined> {
  async function* read(asked: PullContext): AsyncGenerator<Page, void, undefined> {
    const follow = followPages(source, asked, range);
    for await (const page of source.pull(asked)) {
      const problem = problemOf(page, who) ?? (await follow(page, who));
      yield checked(
        problem === undefined ? page : { ...page, checkpoint: {}, last: false, stays: true },
        who,
      );
      if (problem !== undefined) throw problem;
    }
    // A source that returns because of the abort has not read to the end.
    asked.signal.throwIfAborted();
  }
  try {
    const frame = await windowContextOf(source, context, checkpoint, read, range);
    yield* frame === undefined ? read(context) : readWindows(frame);
  } catch (error) {
    if (isNamedError(error) || context.signal.aborted) throw error;
    throw new ContractError(`pulling ${who}: ${thrownText(error)}. The connector's code must handle this.`, {
      cause: error,
    });
  }
}

/** Reports a position that its source cannot continue from as a damaged checkpoint. The error names the blob. */
export async function* orDamaged(
  { damaged }: LeasedCheckpoint,
  read: AsyncGenerator<ReadPage, void, undefined>,
): AsyncGenerator<ReadPage, void, undefined> {
  try {
    yield* read;
  } catch (error) {
    throw isDamage(error) && damaged !== undefined ? damaged(error.message) : error;
  }
}

/** Why a page's checkpoint cannot be saved; `undefined` if it can. */
function problemOf({ checkpoint }: { readonly checkpoint: Json }, who: string): ContractError | undefined {
  if (!isObject(checkpoint)) {
    return new ContractError(
      `pulling ${who}: the page's checkpoint is not a JSON object. Yield { records, checkpoint }.`,
    );
  }
  if (runToEnd(isDeeperThan(checkpoint, MAX_CHECKPOINT_LEVELS))) {
    return new ContractError(
      `pulling ${who}: the page's checkpoint is nested deeper than ${MAX_CHECKPOINT_LEVELS} levels. Keep positions in it, not records.`,
    );
  }
  const bytes = Buffer.byteLength(stringifyJson(checkpoint));
  if (bytes <= MAX_CHECKPOINT_BYTES) return undefined;
  return new ContractError(
    `pulling ${who}: the page's checkpoint has ${bytes} bytes, more than ${MAX_CHECKPOINT_BYTES}. Keep positions in it, not records.`,
  );
}

/** Copies a page. @throws ContractError if its records are not an array */
function checked(page: Page, who: string): Page {
  const { records, checkpoint, readAgainFrom, stays, vendorNow } = page as Page & { records: unknown };
  if (!Array.isArray(records)) {
    throw new ContractError(
      `pulling ${who}: the page's records are not an array. Yield { records, checkpoint }.`,
    );
  }
  return {
    records: [...(records as Page['records'])],
    checkpoint: parseJson(stringifyJson(checkpoint)) as JsonObject,
    rereads: page.rereads === true,
    ...(stays === true ? { stays } : {}),
    ...(page.last === true ? { last: true } : {}),
    ...(page.mayBeCut === true ? { mayBeCut: true } : {}),
    ...(readAgainFrom === undefined ? {} : { readAgainFrom }),
    ...(vendorNow === undefined ? {} : { vendorNow }),
  };
}
