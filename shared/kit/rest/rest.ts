import type { Page, Pull, PullContext } from '../../contract/connector';
import { ContractError } from '../../contract/errors';
import type { NamesSettings, RestSpec } from '../../contract/rest';
import type { WindowSpec } from '../../contract/windows';
import { readByTime } from './read-by-time';
import { readByToken } from './read-by-token';
import { checkSpec } from './checks/declaration';
import { beginRead } from './read-position';
import { compileReader } from './page-reader';
import type { SettingsIn } from './placeholder-names';
import { stepOf } from './time-format';

/** What a source that resumes by time and says nothing else goes by. */
const DEFAULT_WINDOW: WindowSpec = { lag: { minMs: 60_000, maxMs: 3_600_000 } };

/**
 * Makes a pull of a declaration. The pull carries the declaration, completed, as its `rest`.
 *
 * A position is `{ next }`, the path and query of the next link relative to the base address, or `{ cursor }`,
 * with `since` where later requests say it again. With `resume: 'cursor'` the last one is kept for ever: a page
 * that names none keeps the one before. If it has records, they are delivered; then it is an error, because the next run
 * is shown them again. Of a window it stands between two pages of one read, with the `until` of that read.
 * The type names the settings that the declaration holds, so that `defineConnector` finds one that is not declared.
 * @throws ContractError when the declaration cannot work; the message names the member
 */
export function rest<Name extends string, Text extends string>(
  declared: RestSpec<Name, Text>,
): Pull & NamesSettings<NoInfer<SettingIn<Name, Text>>> {
  const spec = complete(declared);
  checkSpec(spec);
  const reader = compileReader(spec);
  const read = spec.next.kind === 'time' ? readByTime : readByToken;
  const pull = (context: PullContext): AsyncIterable<Page> => {
    checkTime(spec, context);
    return read(reader, context, beginRead(spec, context));
  };
  return Object.assign(pull, { rest: spec });
}

/**
 * The settings that a declaration names. It stands in `NoInfer`: the compiler would else look for a name in the type that
 * the declaration is used as, and take a misspelt one for any text.
 */
type SettingIn<Name extends string, Text extends string> =
  (string extends Name ? never : Name) | SettingsIn<Text>;

/**
 * A pull in code that wraps this one may pass a context of its own: without a time, nothing could say which records belong
 * to the read.
 * @throws ContractError when the context has no time, or a malformed path
 */
function checkTime({ path }: RestSpec, { time }: Partial<Pick<PullContext, 'time'>>): void {
  if (typeof time === 'string') return;
  throw new ContractError(
    `reading ${path}: the context of the pull has no time. Pass on the whole context: inner({ ...context }), with time: the path in the vendor's own records, where yours are reshaped.`,
  );
}

/** With the windows that are read where nothing is said of them, and the step that both bounds can hold. */
function complete(spec: RestSpec): RestSpec {
  const window = spec.window ?? (spec.resume === 'time' ? DEFAULT_WINDOW : undefined);
  if (window === undefined) return spec;
  return { ...spec, window: { stepMs: stepOf([spec.since, spec.until]), ...window } };
}
