import type { FunctionMetadata, Binding } from './rpc';
import { type Environment, expandSettings } from '../app-settings';

export type FunctionKind = 'timer' | 'queue' | 'http' | 'other';

/** A function of the app, as the host sees it. */
export interface HostedFunction {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly bindings: Readonly<Record<string, Binding>>;
  /** Timers: the NCRONTAB expression, with app settings inserted. */
  readonly schedule?: string;
  /** Timers: the next occurrence; in the past while the function runs. */
  readonly nextRun?: Date;
  /** Queues: the queue's name, with app settings inserted. */
  readonly queueName?: string;
  /** HTTP: the route with its prefix, and the methods it answers. */
  readonly route?: string;
  readonly methods?: readonly string[];
  /** True if an app setting disables its trigger; it can still be triggered manually. */
  readonly isDisabled?: boolean;
  /** Why the host does not trigger it, as a sentence. Other functions run. */
  readonly problem?: string;
}

/** A function with its trigger binding, before its listener starts. */
export interface Trigger {
  readonly metadata: FunctionMetadata;
  readonly kind: FunctionKind;
  /** The name of the trigger's binding. */
  readonly binding: string;
  readonly settings: Binding;
}

const KINDS: Readonly<Record<string, FunctionKind>> = {
  timertrigger: 'timer',
  queuetrigger: 'queue',
  httptrigger: 'http',
};

/** The trigger of a function; of kind `other` if the host does not support it. */
export function findTrigger(metadata: FunctionMetadata): Trigger {
  const entries = Object.entries(metadata.bindings);
  const [binding, settings] = entries.find(([, { type }]) => /trigger$/i.test(type)) ?? [
    '',
    { type: 'none' },
  ];
  return { metadata, binding, settings, kind: KINDS[settings.type.toLowerCase()] ?? 'other' };
}

/** The text of a trigger's setting, with app settings inserted. @throws Error naming a missing app setting */
export function textOf({ settings }: Trigger, key: string, environment: Environment): string {
  const text = settings[key];
  return expandSettings(typeof text === 'string' ? text : '', environment);
}

/** The route of an HTTP function with its prefix. The default is the function's name. */
export function routeOf({ metadata, settings }: Trigger, routePrefix: string): string {
  const route = typeof settings['route'] === 'string' ? settings['route'] : metadata.name;
  return [routePrefix, route.replace(/^\/+/, '')].filter((part) => part !== '').join('/');
}

/** The methods of an HTTP function, in capitals; Azure's default is GET and POST. */
export function methodsOf({ settings }: Trigger): readonly string[] {
  const { methods } = settings;
  return Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : ['GET', 'POST'];
}
