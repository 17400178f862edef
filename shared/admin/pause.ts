import type { SourceId } from '../contract/checkpoint';
import type { Json } from '../contract/json';
import type { Pause } from '../contract/operator';
import { readOrTell } from '../values/damaged';
import { recordEvent, type AdminContext } from './context';

/**
 * Stops a source: its runs end as `paused` until it is resumed. One that is going on ends by itself. Pausing twice keeps
 * the first; one that is damaged is replaced.
 */
export async function pauseSource(
  tools: AdminContext,
  id: SourceId,
  by: string,
  reason?: string,
): Promise<Pause> {
  const { clock, state } = tools;
  const before = await readPause(tools, id);
  if (before !== undefined && before !== 'damaged') return before;
  const since = clock.now().toISOString();
  const pause = { by, since, ...(reason === undefined ? {} : { reason }) };
  await state.pauses.put(id, pause);
  await recordEvent(tools, id, { what: 'pause', by, before: auditValue(before), after: { ...pause } });
  return pause;
}

/** Lets a source run again. @returns the pause that it ended, `damaged` where that could not be read; `undefined` where there was none */
export async function resumeSource(
  tools: AdminContext,
  id: SourceId,
  by: string,
): Promise<Pause | 'damaged' | undefined> {
  const before = await readPause(tools, id);
  if (before === undefined) return undefined;
  await tools.state.pauses.remove(id);
  await recordEvent(tools, id, { what: 'resume', by, before: auditValue(before), after: null });
  return before;
}

async function readPause({ state }: AdminContext, id: SourceId): Promise<Pause | 'damaged' | undefined> {
  let isDamaged = false;
  const pause = await readOrTell(state.pauses.read(id), () => void (isDamaged = true));
  return isDamaged ? 'damaged' : pause;
}

/** Of one that is damaged nobody knows whose it was. */
function auditValue(pause: Pause | 'damaged' | undefined): Json {
  return pause === 'damaged' ? { damaged: true } : pause === undefined ? null : { ...pause };
}
