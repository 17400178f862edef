import { SettingError, UnavailableError } from '../contract/errors';
import { maskSecrets } from '../values/secrets/secrets';

/** The codes of the system, the identity library and the library below it for a network that does not answer. */
const NETWORK =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|network_error|network_request_failed|REQUEST_SEND_ERROR)\b/i;
/** The library's codes for an authority that does not answer. The error's own name varies. */
const UNREACHED = /\b(?:endpoints_resolution_error|openid_config_error)\b/;
/**
 * Marks an answer of Entra ID itself, not of a proxy in between.
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const ANSWERED = /\bAADSTS\d+/;
/** Transient errors of Entra ID, by the same page. */
const PASSES = /\bAADSTS(?:90033|90055|50196|90006|90024)\b/;

/** The context of a failed token request. */
export interface TokenFailure {
  /** Set when no answer came within this time. */
  readonly timedOutAfterMs?: number | undefined;
  /** Masked in the message. */
  readonly secrets: readonly string[];
  /** True when the platform declares an identity: one that cannot be reached is then a transient failure. */
  readonly hasIdentity?: boolean;
  /** The remedy when an identity gives no token. */
  readonly advice?: string;
}

const ADVICE =
  'Give the function app a managed identity, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.';

/** The error for an identity that gave no token, by who must act. */
export function tokenFailure(
  doing: string,
  error: unknown,
  { advice = ADVICE, hasIdentity = false, secrets, timedOutAfterMs }: TokenFailure,
): Error {
  const { message } = error as Error;
  const first = maskSecrets(message.split('\n')[0] ?? '', secrets);
  // An error of the library contains its request.
  const cause = new Error(first);
  if (timedOutAfterMs !== undefined) {
    return new UnavailableError(
      `${doing}: no token within ${timedOutAfterMs} ms. The next run goes on from here.`,
      { cause },
    );
  }
  if (isPassing(error as LibraryError, hasIdentity))
    return new UnavailableError(`${doing}: ${first}. The next run goes on from here.`, { cause });
  return new SettingError(`${doing}: ${first.replace(/\.$/, '')}. ${advice}`, { cause });
}

/** An error of the identity library. */
interface LibraryError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  /** The only place with the status that a managed identity answered. */
  readonly cause?: { readonly status?: number };
}

/** True for a transient failure. */
function isPassing(
  { cause, code = '', message, name, statusCode }: LibraryError,
  hasIdentity: boolean,
): boolean {
  if (UNREACHED.test(message)) return true;
  // Without an identity, its address cannot be reached either. That is not a network failure.
  const isAbsent = name === 'CredentialUnavailableError' || name === 'AggregateAuthenticationError';
  if (isAbsent && !hasIdentity) return false;
  const status = statusCode ?? cause?.status ?? 0;
  const isBusy = status === 408 || status === 429 || status >= 500 || PASSES.test(message);
  return isBusy || (!ANSWERED.test(message) && NETWORK.test(`${code} ${message}`));
}
