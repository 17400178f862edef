import { ContractError, SettingError, UnavailableError } from '../contract/errors';
import { PROXY_REFUSED, type ProxyRefusal } from './agents';
import { COMMON_CA, type TlsVariables } from './tls-settings';

/** What OpenSSL says of a chain that ends in no authority that is trusted here. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
/** What the other side says of our certificate, or of there being none. */
const CERTIFICATE_REFUSED = /^ERR_SSL_\w+_ALERT_(?:\w+_)?(?:CERTIFICATE\w*|UNKNOWN_CA|HANDSHAKE_FAILURE)$/;

/** An attempt that got no answer. */
export interface NoAnswer {
  /** What was being done, as every message begins. */
  readonly doing: string;
  readonly code: string | undefined;
  /** Its words, without a secret. */
  readonly message: string;
  /** What failed, as the client tells it. */
  readonly source: unknown;
  readonly tls: TlsVariables | undefined;
}

/** Why there was no answer, and who must act: most failures pass, but a refusing proxy or certificate does not. */
export function networkFailure({ code, doing, message, source, tls }: NoAnswer): Error {
  const cause = new Error(message);
  const trust = tls === undefined ? COMMON_CA : `${tls.ca} or ${COMMON_CA}`;
  if (code === PROXY_REFUSED) return refusedByProxy(doing, source as ProxyRefusal);
  if (code !== undefined && UNTRUSTED.has(code)) {
    return new SettingError(
      `${doing}: its certificate comes from an authority that is not known here (${code}). Put that authority's certificate into ${trust}.`,
      { cause },
    );
  }
  if (code !== undefined && CERTIFICATE_REFUSED.test(code)) {
    const own = tls === undefined ? 'the client certificate' : `${tls.certificate} and ${tls.key}`;
    return new SettingError(`${doing}: it wants another client certificate (${code}). Check ${own}.`, {
      cause,
    });
  }
  return new UnavailableError(
    `${doing}: ${code ?? message}. Check that the address can be reached from here.`,
    {
      cause,
    },
  );
}

function refusedByProxy(doing: string, { proxy, status }: ProxyRefusal): Error {
  const told = `${doing}: the proxy ${proxy} answers ${status}`;
  if (status === 407) {
    return new SettingError(`${told}. Check the name and the password in HTTPS_PROXY.`);
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new UnavailableError(`${told}. The next run goes on from here.`);
  }
  if (status >= 400) {
    return new SettingError(`${told}. Let it connect to this address, or name the address in NO_PROXY.`);
  }
  return new ContractError(`${told}, which is no answer to CONNECT. Check that HTTPS_PROXY names a proxy.`);
}
