import type { Page, Pull, PullContext } from '../../contract/connector';
import { ContractError } from '../../contract/errors';
import type { NamesSettings, RestSpec } from '../../contract/rest';
import type { WindowSpec } from '../../contract/windows';
import { inSession } from '../auth/authorized';
import { readByTime } from './read-by-time';
import { readByToken } from './read-by-token';
import { readStreamed } from './steps/read-streamed';
import { checkSpec } from './checks/declaration';
import { checkShape } from './checks/members';
import { checkTimes } from './checks/times';
import { beginRead } from './read-position';
import { compileReader } from './page-reader';
import type { SettingIn } from './placeholder-types';
import { compileExportReader, type ReadRange } from './steps/read-export';
import { compileFilesReader } from './steps/read-files';
import { coarseStepMs, stepOf } from './time-format';

/** The window of a source that resumes by time and declares none. */
const DEFAULT_WINDOW: WindowSpec = { lag: { minMs: 60_000, maxMs: 3_600_000 } };

/** How much older than the time of their file events may be, where the source declares nothing. */
const FILE_SPAN_MS = 86_400_000;

/**
 * Makes a pull from a declaration. The pull has the declaration, with its defaults, as its `rest`.
 *
 * A checkpoint is `{ next }`, the path and query of the next link relative to the base address, or `{ cursor }`, or the number in
 * `{ page }` or `{ offset }` with marks of what was read, with `since` if later requests repeat it, or the place in a streamed answer as `{ since, until, file }`. In a window it is a position between two pages of one read, with the `until` of that read. With
 * `resume: 'cursor'` the last one is kept: a page that names no next page keeps the checkpoint before it. If such a page has
 * records, they are delivered and the run fails, because the next run would read them again.
 *
 * The type has the setting names of the declaration, so that `defineConnector` reports a name that is not declared.
 * @throws ContractError when the declaration cannot work, or when the pull is called without a time; the message names the
 * member
 */
export function rest<Name extends string, Text extends string>(
  declared: RestSpec<Name, Text>,
): Pull & NamesSettings<NoInfer<SettingIn<Name, Text>>> {
  checkShape(declared);
  checkTimes(declared);
  const spec = complete(declared);
  checkSpec(spec);
  const read = readerOf(spec);
  const pull = (context: PullContext): AsyncIterable<Page> => {
    checkContext(spec, context);
    return inSession(context, spec.auth, read(context, beginRead(spec, context)));
  };
  return Object.assign(pull, { rest: spec });
}

function readerOf(spec: RestSpec): ReadRange {
  if (spec.export !== undefined) return compileExportReader(spec, spec.export);
  if (spec.files !== undefined) return compileFilesReader(spec, spec.files);
  const reader = compileReader(spec);
  const read = readBy(spec);
  return (context, begin) => read(reader, context, begin);
}

function readBy({ next, streamed }: RestSpec): typeof readByToken {
  if (streamed === true) return readStreamed;
  return next.kind === 'time' ? readByTime : readByToken;
}

/**
 * A pull in code that wraps this one may pass a context of its own. Without a time, `rest()` cannot tell which records belong to
 * the read.
 * @throws ContractError when the context has no time
 */
function checkContext({ path }: RestSpec, { time }: Partial<Pick<PullContext, 'time'>>): void {
  if (typeof time === 'string') return;
  throw new ContractError(
    `reading ${path}: the context of the pull has no time. Pass on the whole context: inner({ ...context }), with time: the path in the vendor's own records, where yours are reshaped.`,
  );
}

/**
 * Adds the default window, the step that the formats of both bounds can hold, and that the records of an export or of files have
 * no order. A request may ask for one day more than its window where the bounds are days: the longest range is shorter by one.
 */
function complete(spec: RestSpec): RestSpec {
  const window = spec.window ?? (spec.resume === 'time' ? DEFAULT_WINDOW : undefined);
  if (window === undefined) return spec;
  const bounds = [spec.since, spec.until];
  const order = (spec.export ?? spec.files) === undefined ? {} : { order: 'none' as const };
  const older = spec.files === undefined ? {} : { olderMs: FILE_SPAN_MS };
  const { maxMs } = window;
  const shorter = maxMs === undefined ? {} : { maxMs: maxMs - coarseStepMs(bounds) };
  return { ...spec, window: { stepMs: stepOf(bounds), ...older, ...window, ...shorter, ...order } };
}
