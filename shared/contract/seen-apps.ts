import type { OnDamage } from './operator';

/** The function app that a process belongs to. It is the same for all its instances, restarts and deployments. */
export interface AppIdentity {
  readonly site: string;
  /** The deployment slot; `production` by default. */
  readonly slot: string;
}

/** An app that uses this storage. */
export interface SeenApp extends AppIdentity {
  /** The start of its uninterrupted use. ISO 8601, UTC. */
  readonly since: string;
  /** When it last reported itself. ISO 8601, UTC. */
  readonly at: string;
}

/** The store of the apps that use this storage. */
export interface SeenApps {
  /** @param damaged called once for each unreadable entry. Its bytes are kept elsewhere, and its app writes a new one */
  list(damaged: OnDamage): Promise<SeenApp[]>;
  put(app: SeenApp): Promise<void>;
}
