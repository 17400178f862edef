/** A shared key that signs requests of the Data Collector API. */
export interface PushKey {
  /** Its name in the counters. */
  readonly name: string;
  /** The decoded bytes. */
  readonly key: Uint8Array;
  /** The only Log-Types that it may write. Absent: all except the tables of connectors. */
  readonly logTypes?: readonly string[];
  /** Requires a signature over the body as well. Absent: the protocol's own signature is enough. */
  readonly bodySignature?: 'required';
  /** The key is refused from then on. */
  readonly expires?: Date;
}

/** The body of a request: a stream that is read on demand, or all bytes. */
export type PushBody = Uint8Array | AsyncIterable<Uint8Array>;

/** A request to a push endpoint, with its body unread. */
export interface IncomingPush extends Omit<PushRequest, 'body'> {
  readonly body: PushBody;
}

/** A request without its body. */
export type PushHead = Omit<PushRequest, 'body'>;

/** A request to a push endpoint, with its whole body as received. */
export interface PushRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  /** Gets a header by its lower-case name; `undefined` when it is absent. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** The response to a push. */
export interface PushAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
