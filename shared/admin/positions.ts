import type { Checkpoint, SourceId } from '../contract/checkpoint';
import type { SettingValues } from '../contract/connector';
import type { JsonObject } from '../contract/json';
import type { Window } from '../contract/windows';
import { mapTexts, positionSeal } from '../values/secrets/sealed-position';
import { secretsIn } from '../run/sealed-source';
import type { AdminContext } from './context';

/** One that an earlier version stored, or a command wrote, may hold a secret in its positions. */
export function withoutSecret(
  checkpoint: Checkpoint,
  { secrets }: Pick<AdminContext, 'secrets'>,
): Checkpoint {
  return withPositions(
    checkpoint,
    (position) => mapTexts(position, (text) => secrets.mask(text)) as JsonObject,
  );
}

/** A checkpoint with each of its positions replaced. */
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

/** A checkpoint that a command gives, its positions stored as a run stores them. Of a source that is off nobody knows the secrets. */
export function sealed(checkpoint: Checkpoint, id: SourceId, tools: AdminContext): Checkpoint {
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
