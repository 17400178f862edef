import type { Checkpoint, SourceId } from '../contract/checkpoint';
import type { SettingValues } from '../contract/connector';
import type { JsonObject } from '../contract/json';
import type { Window } from '../contract/windows';
import { mapTexts, positionSeal } from '../values/secrets/sealed-position';
import { secretsIn } from '../run/seal-source';
import type { AdminContext } from './admin-context';

/** Masks secrets in positions. A checkpoint written by an earlier version or by a command may contain some. */
export function maskPositions(
  checkpoint: Checkpoint,
  { secrets }: Pick<AdminContext, 'secrets'>,
): Checkpoint {
  return withPositions(
    checkpoint,
    (position) => mapTexts(position, (text) => secrets.mask(text)) as JsonObject,
  );
}

/** Replaces every position of a checkpoint. */
function withPositions(checkpoint: Checkpoint, map: (position: JsonObject) => JsonObject): Checkpoint {
  const { position, windows } = checkpoint;
  const ofWindow = (window: Window): Window =>
    window.position === undefined ? window : { ...window, position: map(window.position) };
  return {
    ...checkpoint,
    position: position === null ? null : map(position),
    ...(windows === undefined ? {} : { windows: { ...windows, open: windows.open.map(ofWindow) } }),
  };
}

/** Seals the secrets in a command's checkpoint as a run does. For a source that is off they are unknown: nothing is sealed. */
export function sealPositions(checkpoint: Checkpoint, id: SourceId, tools: AdminContext): Checkpoint {
  const values = secretsOfSource(id, tools);
  if (values === undefined) return checkpoint;
  const { open, seal } = positionSeal(values);
  return withPositions(checkpoint, (position) => seal(open(position)));
}

function secretsOfSource(id: SourceId, { find }: AdminContext): SettingValues | undefined {
  try {
    const { connector, instance, source } = find(id);
    const own = instance.sources.find((one) => one.source === id.source);
    return secretsIn(connector, source, own?.values ?? {});
  } catch {
    return undefined;
  }
}
