import type { SourceId } from '../contract/checkpoint';
import type { Pause } from '../contract/operator';
import { tell, type DeskTools } from './desk';

/** Stops a source: its runs end as `paused` until it is resumed. One that is going on ends by itself. Pausing twice keeps the first. */
export async function pauseSource(
  tools: DeskTools,
  id: SourceId,
  by: string,
  reason?: string,
): Promise<Pause> {
  const { clock, state } = tools;
  const before = await state.pauses.read(id);
  if (before !== undefined) return before;
  const since = clock.now().toISOString();
  const pause = { by, since, ...(reason === undefined ? {} : { reason }) };
  await state.pauses.put(id, pause);
  await tell(tools, id, { what: 'pause', by, before: null, after: { ...pause } });
  return pause;
}

/** Lets a source run again. @returns the pause that it ended; `undefined` where there was none */
export async function resumeSource(tools: DeskTools, id: SourceId, by: string): Promise<Pause | undefined> {
  const before = await tools.state.pauses.read(id);
  if (before === undefined) return undefined;
  await tools.state.pauses.remove(id);
  await tell(tools, id, { what: 'resume', by, before: { ...before }, after: null });
  return before;
}
