/** What one measurement works on. */
export interface Task {
  readonly kind: 'bare' | 'bare-without-rows' | 'pull' | 'pull-stored' | 'sink' | 'sdk';
  readonly vendor: string;
  readonly collector: string;
  /** The same over TLS; its certificate is trusted by the measuring process. */
  readonly collectorTls: string;
  /** Of 1,000 events each. */
  readonly pages: number;
  /** For `pull-stored`. */
  readonly storage: string;
}

/** What it came to. */
export interface Measured {
  readonly events: number;
  readonly ms: number;
}
