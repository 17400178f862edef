/**
 * Errors are named for who must act.
 *
 * | Class | Who acts | Raised when | A run ends as |
 * |---|---|---|---|
 * | {@link SettingError} | the operator | a setting is missing or malformed; the vendor or the workspace answers 401 or 403; what is stored is damaged | failed |
 * | {@link UnavailableError} | time | network, time-out, 408, 425, 429, 5xx, after the retries | failed; the next run goes on |
 * | {@link ContractError} | the connector's author | the vendor's answer is not what the source promised | failed |
 * | anything else | us | a bug | failed, with its stack |
 *
 * A message says: doing what, to what, because what; then what to do. It never holds a secret, a payload or a query string.
 */

/** The operator must change a setting or a permission, or mend what is stored. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  /** What the workspace lacks, where that is all that is wrong: a stream for the table. */
  readonly missing: 'stream' | undefined;
  /** The status of the vendor's answer, where that is what happened. */
  readonly status: number | undefined;
  /** True where a stored blob is damaged: it alone cannot be read, and time does not mend it. */
  readonly isDamage: boolean;

  constructor(
    message?: string,
    options: ErrorOptions & {
      readonly missing?: 'stream';
      readonly isDamage?: true;
      readonly status?: number;
    } = {},
  ) {
    super(message, options);
    this.status = options.status;
    this.missing = options.missing;
    this.isDamage = options.isDamage === true;
  }
}

/** Something outside is not there now; nothing is wrong that time does not mend. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  /** How long the other side asked us to wait, where it said so. */
  readonly retryAfterMs: number | undefined;
  /**
   * When a run goes on that has used up what it may of its rate budget, or that waits for longer than it may last:
   * nothing failed.
   */
  readonly resumeAt: Date | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number | undefined; readonly resumeAt?: Date } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.resumeAt = options.resumeAt;
  }
}

/** What a source declared and what the vendor does differ: the connector's author must look. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  /** The status of the answer that refused a request, where that is what happened. */
  readonly status: number | undefined;

  constructor(message?: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/** True for the three errors whose message already addresses the person who must act. */
export function isNamedError(error: unknown): error is SettingError | UnavailableError | ContractError {
  return error instanceof SettingError || error instanceof UnavailableError || error instanceof ContractError;
}

/** What a thrown value says of itself. Anything can be thrown: a value that says nothing is described by its type. Never throws. */
export function thrownText(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}
