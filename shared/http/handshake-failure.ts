/** Why a TLS handshake failed, and the remedy, worded for a message. */
export interface HandshakeFailure {
  /** The fault, worded to follow the peer's name. */
  readonly fault: string;
  /** The remedy, as whole sentences. */
  readonly remedy: string;
  /** Node's `ERR_SSL_…` code, else OpenSSL's reason in the message, else the error code. */
  readonly reason: string;
}

/** The names that the remedies use. */
export interface HandshakeNames {
  /** The variables that hold the client certificate and its key. */
  readonly client: string;
  /** The variables that hold the address. */
  readonly address: string;
}

const IS_OF_OPENSSL = /\bERR_SSL_|:SSL routines:/;
const REASON = /:SSL routines:[^:]*:([^:]+)/;
const NEWER = 'its operator must enable TLS 1.2 or 1.3 with a secure cipher.';

/** By OpenSSL's reason, in lower case. The peer sent an alert; this side found any other reason. */
const FAULTS: readonly (readonly [RegExp, fault: string, remedy: (names: HandshakeNames) => string])[] = [
  [/wrong version number|packet length too long/, 'does not speak TLS', ({ address }) => `Check ${address}.`],
  [
    /alert (?:\w+ )?certificate|alert unknown ca/,
    'requires another client certificate',
    ({ client }) => `Check ${client}.`,
  ],
  [
    /alert handshake failure/,
    'refuses the TLS handshake: it requires a client certificate, or shares no cipher with this app',
    ({ client }) => `Check ${client}. If it requires none: ${NEWER}`,
  ],
  [
    /alert protocol version|unsupported protocol|alert inappropriate fallback/,
    'shares no version of TLS with this app, which speaks 1.2 and 1.3',
    ({ address }) => `Check ${address}. If it is right: ${NEWER}`,
  ],
  [
    /alert insufficient security|dh key too small|unsafe legacy renegotiation/,
    'shares no secure TLS option with this app',
    ({ address }) => `Check ${address}. If it is right: ${NEWER}`,
  ],
  [/unrecognized name/, 'does not serve this host', ({ address }) => `Check the host in ${address}.`],
];

/**
 * The cause of a handshake that will fail again; `undefined` for any other error. Node reports OpenSSL's reason as a code
 * (`ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION`) or in the message of an `EPROTO`.
 * @see https://www.rfc-editor.org/rfc/rfc8446#section-6.2
 */
export function handshakeFailure(
  code: string | undefined,
  message: string,
  names: HandshakeNames,
): HandshakeFailure | undefined {
  const said = `${code} ${message}`;
  if (!IS_OF_OPENSSL.test(said)) return undefined;
  const words = said.toLowerCase().replaceAll(/[^a-z\d]+/g, ' ');
  const known = FAULTS.find(([pattern]) => pattern.test(words));
  if (known === undefined) return undefined;
  const [, fault, remedy] = known;
  const reason = code?.startsWith('ERR_SSL_') === true ? code : (REASON.exec(message)?.[1] ?? `${code}`);
  return { fault, remedy: remedy(names), reason };
}
