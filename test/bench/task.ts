/** The input of one measurement. */
export interface Task {
  readonly kind: 'bare' | 'bare-without-rows' | 'pull' | 'pull-stored' | 'sink' | 'sdk';
  readonly vendor: string;
  readonly collector: string;
  /** The same over TLS; the measuring process trusts its certificate. */
  readonly collectorTls: string;
  /** Of 1,000 events each. */
  readonly pages: number;
  /** For `pull-stored`. */
  readonly storage: string;
}

/** The result. */
export interface Measured {
  readonly events: number;
  readonly ms: number;
}
