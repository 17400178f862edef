import { SettingError, UnavailableError } from '../contract/errors';
import { maskSecrets } from './log';

/** How the system, the identity library and the library below it name a network that does not answer. */
const NETWORK =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|network_error|network_request_failed|REQUEST_SEND_ERROR)\b/i;
/** How the library names an authority that does not answer, whatever it then calls the error. */
const UNREACHED = /\b(?:endpoints_resolution_error|openid_config_error)\b/;
/** What Entra ID itself answers, as against somebody on the way. @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const ANSWERED = /\bAADSTS\d+/;
/** Entra ID is overloaded or in trouble; the same page. */
const PASSES = /\bAADSTS(?:90033|90055|50196|90006|90024)\b/;

/** Why an identity gave no token, and who must act. */
export function tokenFailure(
  doing: string,
  error: unknown,
  timedOutAfterMs: number | undefined,
  secrets: readonly string[],
): Error {
  const { code, message, name, statusCode } = error as {
    readonly name: string;
    readonly message: string;
    readonly code?: string;
    readonly statusCode?: number;
  };
  const first = maskSecrets(message.split('\n')[0] ?? '', secrets);
  // An error of the library holds its request.
  const cause = new Error(first);
  if (timedOutAfterMs !== undefined) {
    return new UnavailableError(
      `${doing}: no token within ${timedOutAfterMs} ms. The next run goes on from here.`,
      { cause },
    );
  }
  // Where there is no identity at all, its address cannot be reached either: that is no trouble of the network.
  const isAbsent = name === 'CredentialUnavailableError' || name === 'AggregateAuthenticationError';
  const isBusy = statusCode === 408 || statusCode === 429 || (statusCode ?? 0) >= 500 || PASSES.test(message);
  const isCut = !ANSWERED.test(message) && NETWORK.test(`${code ?? ''} ${message}`);
  if (UNREACHED.test(message) || (!isAbsent && (isBusy || isCut))) {
    return new UnavailableError(`${doing}: ${first}. The next run goes on from here.`, { cause });
  }
  return new SettingError(
    `${doing}: ${first}. Give the function app a managed identity, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.`,
    { cause },
  );
}
