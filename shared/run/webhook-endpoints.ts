import type { SourceId } from '../contract/checkpoint';
import type { Connector, ReceiveSource } from '../contract/connector';
import type { InstanceSettings } from '../settings/settings';
import type { KnownCredential } from '../push/webhook/verify';
import { settingsOf } from '../kit/receive-problems';

/** A source that is posted to, with its address. */
export interface Receiver extends Pick<SourceId, 'connector' | 'source'> {
  /** Below `/api/`. */
  readonly route: string;
  /** Who may call it: anyone, because each post is verified; or whoever has a key of the function app. */
  readonly level: 'anonymous' | 'function';
}

/** Gives the instances of a connector. */
export type InstancesOf = (connector: string) => readonly InstanceSettings[];

/** Every source that is posted to and of which anything is set: nothing else has an address. */
export function receiversOf(connectors: readonly Connector[], instancesOf: InstancesOf): Receiver[] {
  return connectors.flatMap(({ name, sources }) =>
    Object.entries(sources).flatMap(([source, { receive }]) => {
      const isSet = instancesOf(name).some((one) => (receiverIn(one, source)?.state ?? 'off') !== 'off');
      if (receive === undefined || !isSet) return [];
      const level = receive.verify.kind === 'function-key' ? 'function' : 'anonymous';
      return [{ connector: name, source, route: `push/${name}/${source}`, level }];
    }),
  );
}

/** Who may post to a source: each instance that is on, by each of its secrets. */
export function credentialsOf(
  source: ReceiveSource,
  name: string,
  instances: readonly InstanceSettings[],
): KnownCredential[] {
  const { secrets, user } = settingsOf(source.receive.verify);
  return instances.flatMap((one) => {
    const receiver = receiverIn(one, name);
    if (receiver?.state !== 'on') return [];
    const { values } = receiver;
    const { instance } = one;
    if (secrets.length === 0) return [{ instance, setting: '', secret: '' }];
    const named = user === undefined ? {} : { user: values[user] ?? '' };
    return secrets
      .filter((setting) => (values[setting] ?? '') !== '')
      .map((setting) => ({ ...named, instance, setting, secret: values[setting] ?? '' }));
  });
}

/** What is wrong with a source that is posted to, in any instance. */
export function receiverProblems(name: string, instances: readonly InstanceSettings[]): string[] {
  return instances.flatMap((one) => receiverIn(one, name)?.problems ?? []);
}

/** What the operator set of a source that is posted to. */
export function receiverIn(
  { webhooks }: InstanceSettings,
  name: string,
): InstanceSettings['webhooks'][number] | undefined {
  return webhooks.find(({ source }) => source === name);
}
