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
