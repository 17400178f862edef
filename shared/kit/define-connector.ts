import type { RateBudget } from '../contract/budget';
import type { Connector, PullSource, ReceiveSource, Setting, Settings } from '../contract/connector';
import type { Columns } from '../contract/table';

/** The base address of a vendor's API. */
export function url(
  help: string,
  options: Pick<Setting, 'default' | 'example' | 'namesAccount'> = {},
): Setting & { readonly kind: 'url' } {
  return { kind: 'url', help, ...options };
}

/** A setting that may be shown. */
export function text(
  help: string,
  options: Pick<Setting, 'default' | 'example' | 'namesAccount' | 'optional'> = {},
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

/** The settings that a source declares itself, by what was inferred of all sources; `object` where it declares none. */
type OwnSettings<O, K> = K extends keyof O
  ? unknown extends O[K]
    ? object
    : O[K] extends Settings
      ? O[K]
      : object
  : object;

/**
 * A connector. Types only: it returns what it is given. The compiler checks each source's `toRow` against that source's
 * columns. A `pull` and `partitions` see the values of the connector's settings and of the source's own, and no others. So
 * does `rest()`: a setting's name that nothing declares does not compile, in `base`, `auth`, `path`, `query`, `headers`, a
 * budget's `scope` and a webhook's `verify`. Names that are computed, and those in `body`, are checked at load.
 */
export function defineConnector<
  S extends Settings,
  T extends Readonly<Record<string, Columns>>,
  O extends Readonly<Record<string, unknown>>,
>(
  connector: Omit<Connector, 'budget' | 'settings' | 'sources'> & {
    readonly budget?: RateBudget<NoInfer<keyof S & string>>;
    readonly settings: S;
    readonly sources: {
      readonly [K in keyof T]:
        | PullSource<NoInfer<S & OwnSettings<O, K>>, T[K]>
        | ReceiveSource<T[K], NoInfer<keyof OwnSettings<O, K> & string>>;
    } & { readonly [K in keyof O]: { readonly settings?: O[K] } };
  },
): Connector & { readonly settings: S } {
  return connector;
}

/** An address to which paths are added: without the slashes at its end. */
export function withoutEndSlashes(address: string): string {
  // Looking behind first, a run of slashes in the middle is passed once and not from each of its slashes.
  return address.replace(/(?<!\/)\/+$/, '');
}
