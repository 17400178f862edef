/** An account beyond these replaces the oldest one: it costs that account one request. */
const MOST_ACCOUNTS = 1_000;

/** What is kept for each account. It is in no store, and ends with the process. */
export class AccountMap<T> extends Map<string, T> {
  /** Keeps a value for an account, which is the newest then. */
  override set(account: string, value: T): this {
    this.delete(account);
    super.set(account, value);
    const [oldest] = this.keys();
    if (this.size > MOST_ACCOUNTS && oldest !== undefined) this.delete(oldest);
    return this;
  }
}
