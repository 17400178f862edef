import { ContractError, SettingError, UnavailableError } from '../contract/errors';
import { certificateFailure } from './certificate-failure';
import { handshakeFailure } from './handshake-failure';
import { PROXY_REFUSED, proxyFailureOf, type ProxyFailure } from './proxy-connect';
import { proxyVariable } from '../settings/proxy-settings';
import { COMMON_CA, type TlsVariables } from '../settings/tls-settings';

/** An attempt that got no answer. */
export interface NoAnswer {
  /** What was being done; begins the message. */
  readonly doing: string;
  readonly code: string | undefined;
  /** The error's message, with secrets masked. */
  readonly message: string;
  /** The client's own error. */
  readonly source: unknown;
  readonly tls: TlsVariables | undefined;
  /** The variables that hold the address. */
  readonly address: readonly string[];
  /** The host that did not answer, when `doing` does not name it. */
  readonly who?: string;
  /** The variables that add a CA for this connection. @default the variables of `tls` */
  readonly ca?: string;
}

/**
 * The error for an attempt without an answer. Most are UnavailableError. A wrong certificate or a refused handshake is a
 * SettingError. The error for a proxy that refused depends on its status.
 */
export function networkFailure(what: NoAnswer): Error {
  const { code, doing, message, source } = what;
  const cause = new Error(message);
  const failure = proxyFailureOf(source);
  if (code === PROXY_REFUSED && failure !== undefined) return refusedByProxy(doing, failure);
  const proxy = failure?.proxy;
  const problem = tlsProblem(what, proxy);
  if (problem !== undefined) return new SettingError(`${doing}: ${problem}`, { cause });
  const said = `${what.who === undefined || proxy !== undefined ? '' : `${what.who}: `}${code ?? message}`;
  return new UnavailableError(
    proxy === undefined
      ? `${doing}: ${said}. Check that the address can be reached from here.`
      : `${doing}: the proxy ${proxy} does not connect (${said}). Check that ${proxyVariable(process.env)} names one that can be reached from here.`,
    { cause },
  );
}

/** The TLS problem of the host or its proxy that the operator must fix; `undefined` when there is none. */
function tlsProblem(
  { address, ca, code, message, tls, who: whom }: NoAnswer,
  proxy: string | undefined,
): string | undefined {
  const known = tls === undefined ? COMMON_CA : `${tls.ca} or ${COMMON_CA}`;
  const names = {
    ca: ca ?? known,
    address: proxy === undefined ? address.join(', ') : proxyVariable(process.env),
  };
  const wrong = certificateFailure(code, names);
  if (wrong !== undefined) {
    const own = whom === undefined ? 'its' : `${whom}'s`;
    const whose = proxy === undefined ? own : `the proxy ${proxy}: its`;
    return `${whose} certificate ${wrong.fault} (${code}). ${wrong.remedy}`;
  }
  const who = proxy === undefined ? (whom ?? 'it') : `the proxy ${proxy}`;
  const client = tls === undefined ? 'the client certificate' : `${tls.certificate} and ${tls.key}`;
  const failed = handshakeFailure(code, message, { client, address: names.address });
  return failed && `${who} ${failed.fault} (${failed.reason}). ${failed.remedy}`;
}

function refusedByProxy(doing: string, { proxy, status = 0 }: Pick<ProxyFailure, 'proxy' | 'status'>): Error {
  const refused = `${doing}: the proxy ${proxy} answers ${status}`;
  const variable = proxyVariable(process.env);
  if (status === 407) {
    return new SettingError(`${refused}. Check the name and the password in ${variable}.`);
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new UnavailableError(`${refused}. The next run goes on from here.`);
  }
  if (status >= 400) {
    return new SettingError(`${refused}. Let it connect to this address, or name the address in NO_PROXY.`);
  }
  return new ContractError(
    `${refused}, which is not an answer to CONNECT. Check that ${variable} names a proxy.`,
  );
}
