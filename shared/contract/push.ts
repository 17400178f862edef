/** A key that pushes are signed with. */
export interface PushKey {
  /** What its use is counted by. */
  readonly name: string;
  /** Decoded. */
  readonly key: Uint8Array;
  /** The only Log-Types that it may write; absent: any but a connector's table. */
  readonly logTypes?: readonly string[];
  /** Whether its posts must carry a signature over their body too; absent: the protocol's own is enough. */
  readonly bodySignature?: 'required';
  /** From then on it is refused. */
  readonly expires?: Date;
}

/** The body of a post: its pieces as they come, of which none is read before it is asked for; or all of it, at hand. */
export type PushBody = Uint8Array | AsyncIterable<Uint8Array>;

/** A request of someone who pushes, whose body is not read yet. */
export interface IncomingPush extends Omit<PushRequest, 'body'> {
  readonly body: PushBody;
}

/** What stands before the body of a request. */
export type PushHead = Omit<PushRequest, 'body'>;

/** A request of someone who pushes, read whole and not touched. */
export interface PushRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  /** By lower-case name; `undefined` where it was not sent. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** What that someone is answered. */
export interface PushAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
