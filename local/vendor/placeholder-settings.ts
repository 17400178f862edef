import type { Connector, Setting, Settings } from '../../shared/contract/connector';
import { keySettingsOf } from '../../shared/kit/auth/auth-settings';
import { placeholderKey } from './placeholder-keys';

/**
 * A value for every setting of a connector and of its sources: an address at the simulator, that of a queue with its source, a
 * role whose name has them too, a fixed local token or key, or the default or example.
 */
export function settingsOf({ name, settings, sources }: Connector, address: string): Record<string, string> {
  const keys = Object.values(sources).flatMap(({ pull }) =>
    pull?.rest?.auth === undefined ? [] : keySettingsOf(pull.rest.auth),
  );
  const queues = new Map(
    Object.entries(sources).map(([source, { pull }]) => [
      pull?.objects?.queue,
      `${address}/${name}/${source}`,
    ]),
  );
  const roles = new Map(
    Object.entries(sources).map(([source, { pull }]) => [
      pull?.objects?.role?.arn,
      `arn:aws:iam::123456789012:role/${name}/${source}`,
    ]),
  );
  const valueOf = (key: string, { kind, default: preset, example }: Setting): string => {
    if (kind === 'url') return queues.get(key) ?? `${address}/${name}`;
    const role = roles.get(key);
    if (role !== undefined) return role;
    const held = keys.find((each) => each.name === key);
    if (held !== undefined) return placeholderKey(name, held);
    return kind === 'secret' ? `local-${name}-${key}` : (preset ?? example ?? '');
  };
  const all: Settings[] = [settings, ...Object.values(sources).map((source) => source.settings ?? {})];
  const entries = all.flatMap((each) => Object.entries(each));
  return Object.fromEntries(entries.map(([key, setting]) => [key, valueOf(key, setting)]));
}

/** The settings as the client of a request has them: with the address that it used. @param base as in a request */
export function settingsAt(settings: Readonly<Record<string, string>>, base: string): Record<string, string> {
  const address = base.slice(base.lastIndexOf('/'));
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, value === address ? base : value]),
  );
}
