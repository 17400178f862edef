import type { SourceId } from '../contract/checkpoint';
import type { Connector, ReceiveSource } from '../contract/connector';
import type { InstanceSettings } from '../settings/instance-settings';
import type { KnownCredential } from '../push/webhook/verify';
import { settingsOf } from '../kit/receive-problems';

/** The HTTP endpoint of a webhook source. */
export interface WebhookEndpoint extends Pick<SourceId, 'connector' | 'source'> {
  /** Below `/api/`. */
  readonly route: string;
  /** `anonymous`: each request is verified. `function`: callers need a key of the function app. */
  readonly level: 'anonymous' | 'function';
}

/** Gives the instances of a connector. */
export type InstancesOf = (connector: string) => readonly InstanceSettings[];

/** The endpoints of all webhook sources that have any setting. Others have no endpoint. */
export function webhookEndpoints(
  connectors: readonly Connector[],
  instancesOf: InstancesOf,
): WebhookEndpoint[] {
  return connectors.flatMap(({ name, sources }) =>
    Object.entries(sources).flatMap(([source, { receive }]) => {
      const isSet = instancesOf(name).some((one) => (webhookIn(one, source)?.state ?? 'off') !== 'off');
      if (receive === undefined || !isSet) return [];
      const level = receive.verify.kind === 'function-key' ? 'function' : 'anonymous';
      return [{ connector: name, source, route: `push/${name}/${source}`, level }];
    }),
  );
}

/** The credentials of a webhook source: every secret of every instance that is on. */
export function credentialsOf(
  source: ReceiveSource,
  name: string,
  instances: readonly InstanceSettings[],
): KnownCredential[] {
  const { secrets, user } = settingsOf(source.receive.verify);
  return instances.flatMap((one) => {
    const webhook = webhookIn(one, name);
    if (webhook?.state !== 'on') return [];
    const { values } = webhook;
    const { instance } = one;
    if (secrets.length === 0) return [{ instance, setting: '', secret: '' }];
    const named = user === undefined ? {} : { user: values[user] ?? '' };
    return secrets
      .filter((setting) => (values[setting] ?? '') !== '')
      .map((setting) => ({ ...named, instance, setting, secret: values[setting] ?? '' }));
  });
}

/** The problems of a webhook source, in all instances. */
export function webhookProblems(name: string, instances: readonly InstanceSettings[]): string[] {
  return instances.flatMap((one) => webhookIn(one, name)?.problems ?? []);
}

/** The settings of a webhook source in one instance. */
export function webhookIn(
  { webhooks }: InstanceSettings,
  name: string,
): InstanceSettings['webhooks'][number] | undefined {
  return webhooks.find(({ source }) => source === name);
}
