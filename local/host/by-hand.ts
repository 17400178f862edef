import type { Caller } from './calls';
import type { Trigger } from './functions';
import { toQueueInput } from './queue-message';
import { timerInput } from './timers';

/**
 * Runs a timer's function now, beside its schedule, and resolves when it has ended.
 * @throws the function's error, or Error when there is no such timer
 */
export async function invokeTimer(triggers: readonly Trigger[], call: Caller, name: string): Promise<void> {
  const timers = triggers.filter(({ kind }) => kind === 'timer');
  const timer = timers.find(({ metadata }) => metadata.name === name);
  if (timer === undefined) {
    const names = timers.map(({ metadata }) => metadata.name).join(', ');
    throw new Error(`There is no timer "${name}". The app's timers: ${names || 'none'}.`);
  }
  await call({ functionName: name, inputs: { [timer.binding]: timerInput(false, undefined) } });
}

/**
 * Starts a timer's or a queue's function and lets it run; the text is the queue message. Undefined when there is no
 * function of that name, a refusal when its trigger cannot be imitated.
 */
export function startByHand(
  triggers: readonly Trigger[],
  call: Caller,
  { name, input }: { readonly name: string; readonly input: string },
): { readonly refusal?: string } | undefined {
  const trigger = triggers.find(({ metadata }) => metadata.name.toLowerCase() === name.toLowerCase());
  if (trigger === undefined) return undefined;
  const { kind, binding, metadata } = trigger;
  if (kind !== 'timer' && kind !== 'queue')
    return { refusal: `${metadata.name} is no timer and no queue function.` };
  const timer = { inputs: { [binding]: timerInput(false, undefined) } };
  const given = kind === 'queue' ? toQueueInput(binding, input) : timer;
  // The caller has its answer; the failure is in the log.
  call({ functionName: metadata.name, ...given }).catch(() => undefined);
  return {};
}
