import type { SourceId } from '../contract/checkpoint';
import type { Json } from '../contract/json';
import type { Pause } from '../contract/operator';
import { readOrReport } from '../values/damage-errors';
import { recordEvent, type AdminContext } from './admin-context';

/**
 * Pauses a source: its runs end as `paused` until it is resumed, a current run after its page. A second pause changes
 * nothing; a damaged one is replaced.
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

/** Resumes a source. @returns the ended pause; `damaged` when it could not be read; `undefined` when there was none */
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
  const pause = await readOrReport(state.pauses.read(id), () => void (isDamaged = true));
  return isDamaged ? 'damaged' : pause;
}

/** A pause as an audit event records it. */
function auditValue(pause: Pause | 'damaged' | undefined): Json {
  return pause === 'damaged' ? { damaged: true } : pause === undefined ? null : { ...pause };
}
