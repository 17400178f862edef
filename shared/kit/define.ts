import type { Connector, PullSource, ReceiveSource, Setting, Settings } from '../contract/connector';
import type { Columns } from '../contract/table';

/** The base address of a vendor's API. */
export function url(
  help: string,
  options: Pick<Setting, 'default' | 'example'> = {},
): Setting & { readonly kind: 'url' } {
  return { kind: 'url', help, ...options };
}

/** A setting that may be shown. */
export function text(
  help: string,
  options: Pick<Setting, 'default' | 'example' | 'optional'> = {},
): Setting & { readonly kind: 'text' } {
  return { kind: 'text', help, ...options };
}

/** A credential: masked in every log and error. */
export function secret(
  help: string,
  options: Pick<Setting, 'optional'> = {},
): Setting & { readonly kind: 'secret' } {
  return { kind: 'secret', help, ...options };
}

/**
 * A connector. Types only: it returns what it is given, with each source's `toRow` checked against
 * that source's columns and each `pull` given the values of these settings.
 */
export function defineConnector<S extends Settings, T extends Readonly<Record<string, Columns>>>(
  connector: Omit<Connector, 'settings' | 'sources'> & {
    readonly settings: S;
    readonly sources: { readonly [K in keyof T]: PullSource<S, T[K]> | ReceiveSource<T[K]> };
  },
): Connector & { readonly settings: S } {
  return connector;
}
