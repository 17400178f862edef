import { randomBytes, randomUUID } from 'node:crypto';
import { stackOf } from '../errors';
import type { Log } from '../host-log';
import type { Invocation, InvocationResponse } from './rpc';
import type { Supervisor } from '../worker-supervisor';

/** The part of an invocation that a listener supplies. */
export type Call = Pick<Invocation, 'functionName' | 'inputs'> &
  Partial<Pick<Invocation, 'id' | 'triggerMetadata' | 'retryContext'>>;

/** Runs a function once. @throws FunctionError, FunctionTimeoutError, or WorkerGoneError, after logging it */
export type Caller = (call: Call) => Promise<InvocationResponse>;

const ignore = (): void => undefined;

export interface Calls {
  readonly call: Caller;
  /** Resolves when no call is in progress. */
  idle(): Promise<void>;
}

/** Gives each call an id and a trace context, and logs its outcome: failures as errors. */
export function createCalls(worker: Supervisor, log: Log): Calls {
  const underWay = new Set<Promise<void>>();
  return {
    call: (given) => {
      const running = run(worker, log, given);
      // The error reaches the caller by the other promise.
      const settled: Promise<void> = running.then(ignore, ignore).finally(() => underWay.delete(settled));
      underWay.add(settled);
      return running;
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

async function run(worker: Supervisor, log: Log, call: Call): Promise<InvocationResponse> {
  const id = call.id ?? randomUUID();
  const { functionName } = call;
  const about = { category: `Function.${functionName}`, functionName, invocationId: id };
  const startedAt = performance.now();
  const ended = (how: string): string =>
    `Executed '${functionName}' (${how}, Id=${id}, Duration=${Math.round(performance.now() - startedAt)}ms)`;
  log({ level: 'debug', message: `Executing '${functionName}' (Id=${id})`, ...about });
  try {
    const response = await worker.invoke({ triggerMetadata: {}, traceContext: traceContext(), ...call, id });
    log({ level: 'debug', message: ended('Succeeded'), ...about });
    return response;
  } catch (error) {
    log({ level: 'error', message: `${ended('Failed')}\n${stackOf(error)}`, ...about });
    throw error;
  }
}

/** @see https://www.w3.org/TR/trace-context/ */
function traceContext(): { readonly traceParent: string } {
  return { traceParent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00` };
}
