import type { Caller } from './worker/calls';
import type { Trigger } from './worker/functions';
import { toQueueInput } from './queues/queue-message';
import { timerInput } from './timers/timer-listener';

/**
 * Runs the function of a timer or of a queue now, independently of its trigger, and resolves when it has ended.
 * @param input the message of a queue's function; a timer has none
 * @throws the function's error, or Error for an unknown function or a trigger that cannot be imitated
 */
export async function invokeManually(
  triggers: readonly Trigger[],
  call: Caller,
  { name, input }: { readonly name: string; readonly input: string },
): Promise<void> {
  const trigger = triggers.find(({ metadata }) => metadata.name.toLowerCase() === name.toLowerCase());
  if (trigger === undefined) {
    const names = triggers.filter(canBeRun).map(({ metadata }) => metadata.name);
    throw new Error(
      `There is no function "${name}". Functions that can be triggered manually: ${names.join(', ') || 'none'}.`,
    );
  }
  const { binding, kind, metadata } = trigger;
  if (!canBeRun(trigger))
    throw new Error(
      `${metadata.name} is neither a timer nor a queue function. Only those can be triggered manually.`,
    );
  const timer = { inputs: { [binding]: timerInput(false, undefined) } };
  await call({ functionName: metadata.name, ...(kind === 'queue' ? toQueueInput(binding, input) : timer) });
}

/**
 * Starts a function as {@link invokeManually} does, without waiting for its end; its failure is in the log. Returns `undefined`
 * for an unknown function, and a refusal if its trigger cannot be imitated.
 */
export function startManualTriggers(
  triggers: readonly Trigger[],
  call: Caller,
  asked: { readonly name: string; readonly input: string },
): { readonly refusal?: string } | undefined {
  const trigger = triggers.find(({ metadata }) => metadata.name.toLowerCase() === asked.name.toLowerCase());
  if (trigger === undefined) return undefined;
  if (!canBeRun(trigger))
    return {
      refusal: `${trigger.metadata.name} is neither a timer nor a queue function. Only those can be triggered manually.`,
    };
  invokeManually(triggers, call, asked).catch(() => undefined);
  return {};
}

function canBeRun({ kind }: Trigger): boolean {
  return kind === 'timer' || kind === 'queue';
}
