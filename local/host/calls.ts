import { randomBytes, randomUUID } from 'node:crypto';
import { stackOf } from './errors';
import type { Log } from './log';
import type { Invocation, InvocationResponse } from './rpc';
import type { Supervisor } from './supervisor';

/** What a listener knows of a call. */
export type Call = Pick<Invocation, 'functionName' | 'inputs'> &
  Partial<Pick<Invocation, 'id' | 'triggerMetadata' | 'retryContext'>>;

/** Runs a function once. @throws FunctionError, FunctionTimeoutError, or WorkerGoneError, after logging it */
export type Caller = (call: Call) => Promise<InvocationResponse>;

/** Gives each call its id and trace context, and says in the log how it ended: a failure loudly. */
export function createCaller(worker: Supervisor, log: Log): Caller {
  return async (call) => {
    const id = call.id ?? randomUUID();
    const { functionName } = call;
    const about = { category: `Function.${functionName}`, functionName, invocationId: id };
    const startedAt = performance.now();
    const ended = (how: string): string =>
      `Executed '${functionName}' (${how}, Id=${id}, Duration=${Math.round(performance.now() - startedAt)}ms)`;
    log({ level: 'debug', message: `Executing '${functionName}' (Id=${id})`, ...about });
    try {
      const response = await worker.invoke({
        triggerMetadata: {},
        traceContext: traceContext(),
        ...call,
        id,
      });
      log({ level: 'debug', message: ended('Succeeded'), ...about });
      return response;
    } catch (error) {
      log({ level: 'error', message: `${ended('Failed')}\n${stackOf(error)}`, ...about });
      throw error;
    }
  };
}

/** @see https://www.w3.org/TR/trace-context/ */
function traceContext(): { readonly traceParent: string } {
  return { traceParent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00` };
}
