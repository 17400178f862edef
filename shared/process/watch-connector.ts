import type { Connector, Partitions, Pull, PullContext } from '../contract/connector';
import { asCodeOf, currentOwner, type CodeOwner } from './unhandled-errors';
import { rest } from '../kit/rest/rest';
import { listed } from '../kit/rest/steps/listed';

type Code = (...given: unknown[]) => unknown;

/**
 * Wraps all functions of a connector's declaration, so that an unhandled failure is attributed to the run that called the
 * function. Outside a run it is logged with the source's name.
 */
export function watchConnector(connector: Connector): Connector {
  const { sources, ...common } = connector;
  const watched = Object.entries(sources).map(([name, source]) => [
    name,
    watchMembers(source, `${connector.name}/${name}`),
  ]);
  return { ...watchMembers(common, connector.name), sources: Object.fromEntries(watched) as typeof sources };
}

/** Wraps all functions within a value, at any depth. Returns the same value if it has none. */
export function watchMembers<T>(value: T, who: string): T {
  if (!isPlain(value)) return value;
  const before = Object.entries(value);
  const after = before.map(([name, member]): [string, unknown] => [name, watchMember(member, value, who)]);
  if (after.every(([, member], at) => member === before[at]?.[1])) return value;
  return (Array.isArray(value) ? after.map(([, member]) => member) : Object.fromEntries(after)) as T;
}

function watchMember(member: unknown, within: object, who: string): unknown {
  if (typeof member !== 'function') return watchMembers(member, who);
  const { list, objects, rest: declared } = member as Partial<Pull & Partitions>;
  // A pull of `objects()` is our code, and its declaration has no functions.
  if (objects !== undefined) return member;
  // What `rest()` and `listed()` make is our code. Functions in its declaration are the connector's.
  if (declared !== undefined) return remade(member, declared, rest, who);
  return list === undefined ? watchCode(member as Code, within, who) : remade(member, list, listed, who);
}

function remade<T extends object>(
  member: unknown,
  declared: T,
  make: (spec: T) => unknown,
  who: string,
): unknown {
  const spec = watchMembers(declared, who);
  return spec === declared ? member : make(spec);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Array.isArray(value);
}

function watchCode(code: Code, within: object, who: string): Code {
  const nobodys: CodeOwner = { who, fail: () => false };
  // Entering costs tens of nanoseconds a record. Formatting a record takes many thousand.
  return (...given) => {
    const owner = currentOwner() ?? nobodys;
    const [context] = given;
    if (!isContext(context)) return asCodeOf(owner, () => code.apply(within, given));
    const watched = { ...context, signal: signalFor(owner, context.signal) };
    const made = asCodeOf(owner, () => code.call(within, watched));
    return isIterable(made) ? stepByStep(owner, made) : untilFailed(owner, () => made);
  };
}

function isContext(given: unknown): given is Pick<PullContext, 'signal'> {
  return (given as Partial<PullContext> | null | undefined)?.signal instanceof AbortSignal;
}

function isIterable(made: unknown): made is AsyncIterable<unknown> {
  return typeof made === 'object' && made !== null && Symbol.asyncIterator in made;
}

const signals = new WeakMap<AbortSignal, AbortSignal>();

/** A copy of the run's signal whose listeners run as the connector's code. Listeners of the original run as the code that aborts. */
function signalFor(owner: CodeOwner, signal: AbortSignal): AbortSignal {
  const known = signals.get(signal);
  if (known !== undefined) return known;
  const own = new AbortController();
  signals.set(signal, own.signal);
  const abort = (): void => asCodeOf(owner, () => own.abort(signal.reason));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return own.signal;
}

/** The result of code, or the first unhandled failure of its run, after which it may never return. */
function untilFailed(owner: CodeOwner, code: () => unknown): Promise<unknown> {
  const { failed } = owner;
  const run = (): Promise<unknown> => new Promise((resolve) => resolve(code()));
  if (failed === undefined) return asCodeOf(owner, run);
  return asCodeOf(owner, () => {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(failed.reason as Error);
      failed.addEventListener('abort', giveUp, { once: true });
      if (failed.aborted) giveUp();
      // `Promise.race` would keep every page until the run's end.
      void run()
        .then(resolve, reject)
        .finally(() => failed.removeEventListener('abort', giveUp));
    });
  });
}

async function* stepByStep(
  owner: CodeOwner,
  items: AsyncIterable<unknown>,
): AsyncGenerator<unknown, void, undefined> {
  const iterator = asCodeOf(owner, () => items[Symbol.asyncIterator]());
  try {
    for (;;) {
      const item = (await untilFailed(owner, () => iterator.next())) as IteratorResult<unknown>;
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    // Not awaited: a read may never end.
    asCodeOf(owner, () => iterator.return?.())?.catch(() => undefined);
  }
}
