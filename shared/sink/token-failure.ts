import { SettingError, UnavailableError } from '../contract/errors';
import { maskSecrets } from '../values/secrets/secrets';

/** How the system, the identity library and the library below it name a network that does not answer. */
const NETWORK =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|network_error|network_request_failed|REQUEST_SEND_ERROR)\b/i;
/** How the library names an authority that does not answer, whatever it then calls the error. */
const UNREACHED = /\b(?:endpoints_resolution_error|openid_config_error)\b/;
/** What Entra ID itself answers, as against somebody on the way. @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const ANSWERED = /\bAADSTS\d+/;
/** Entra ID is overloaded or in trouble; the same page. */
const PASSES = /\bAADSTS(?:90033|90055|50196|90006|90024)\b/;

/** What is known of a request for a token, beside its error. */
export interface TokenFailure {
  /** Set where nothing came within this time. */
  readonly timedOutAfterMs?: number | undefined;
  /** Masked in the message. */
  readonly secrets: readonly string[];
  /** True where the platform says that there is an identity: what cannot be reached then is a matter of time. */
  readonly hasIdentity?: boolean;
  /** What the operator does about an identity that gives no token. */
  readonly advice?: string;
}

const ADVICE =
  'Give the function app a managed identity, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.';

/** Why an identity gave no token, and who must act. */
export function tokenFailure(
  doing: string,
  error: unknown,
  { advice = ADVICE, hasIdentity = false, secrets, timedOutAfterMs }: TokenFailure,
): Error {
  const { message } = error as Error;
  const first = maskSecrets(message.split('\n')[0] ?? '', secrets);
  // An error of the library holds its request.
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
  /** What a managed identity answered stands in it alone. */
  readonly cause?: { readonly status?: number };
}

/** True for what time mends. */
function isPassing(
  { cause, code = '', message, name, statusCode }: LibraryError,
  hasIdentity: boolean,
): boolean {
  if (UNREACHED.test(message)) return true;
  // Where there is no identity at all, its address cannot be reached either: that is no trouble of the network.
  const isAbsent = name === 'CredentialUnavailableError' || name === 'AggregateAuthenticationError';
  if (isAbsent && !hasIdentity) return false;
  const status = statusCode ?? cause?.status ?? 0;
  const isBusy = status === 408 || status === 429 || status >= 500 || PASSES.test(message);
  return isBusy || (!ANSWERED.test(message) && NETWORK.test(`${code} ${message}`));
}
