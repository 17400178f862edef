import type { OnDamage } from './operator';

/** Which function app a process belongs to. Every instance of it, and every restart and deployment, says the same. */
export interface AppIdentity {
  readonly site: string;
  /** `production` where it has no other. */
  readonly slot: string;
}

/** An app that was seen on this storage. */
export interface SeenApp extends AppIdentity {
  /** Since when it has been seen again and again. ISO 8601, UTC. */
  readonly since: string;
  /** When it was seen last. ISO 8601, UTC. */
  readonly at: string;
}

/** The apps that use this storage. */
export interface SeenApps {
  /** @param damaged is told of one that cannot be read, once: it is kept elsewhere, and its app writes it anew */
  list(damaged: OnDamage): Promise<SeenApp[]>;
  put(app: SeenApp): Promise<void>;
}
