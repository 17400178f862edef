/** A problem with the peer's certificate. */
export interface CertificateFailure {
  /** The problem, worded to follow "its certificate". */
  readonly fault: string;
  /** The remedy, as a whole sentence. */
  readonly remedy: string;
}

/** The variables that the remedies name. */
export interface Remedies {
  /** The variables that take a CA. */
  readonly ca: string;
  /** The variables that hold the address. */
  readonly address: string;
}

const RENEW = 'Its operator must renew the certificate.';
const otherHost = ({ address }: Remedies): CertificateFailure => ({
  fault: 'is for another host',
  remedy: `Check the host in ${address}.`,
});

const FAULTS: Readonly<Record<string, (names: Remedies) => CertificateFailure>> = {
  CERT_HAS_EXPIRED: () => ({ fault: 'has expired', remedy: RENEW }),
  CERT_NOT_YET_VALID: () => ({
    fault: 'is not valid yet',
    remedy: `Check the clock of this machine. If it is right: ${RENEW}`,
  }),
  CERT_REVOKED: () => ({ fault: 'was revoked', remedy: RENEW }),
  ERR_TLS_CERT_ALTNAME_INVALID: otherHost,
  HOSTNAME_MISMATCH: otherHost,
};

/** Codes for a chain that ends in no trusted authority. */
const UNTRUSTED = new Set([
  // Signed by another authority of the same name.
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
/** Other codes of OpenSSL for a faulty chain. */
const REFUSED =
  /^(?:CERT_(?:CHAIN_TOO_LONG|REJECTED)|(?:CA|EE)_(?:KEY_TOO_SMALL|MD_TOO_WEAK)|ERROR_IN_CERT_\w+|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

/**
 * The certificate problem that an error code reports; `undefined` for any other code.
 * @see https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
export function certificateFailure(
  code: string | undefined,
  names: Remedies,
): CertificateFailure | undefined {
  if (code === undefined) return undefined;
  if (Object.hasOwn(FAULTS, code)) return FAULTS[code]?.(names);
  if (UNTRUSTED.has(code)) {
    return {
      fault: 'comes from an authority that is not known here',
      remedy: `Put that authority's certificate into ${names.ca}.`,
    };
  }
  return REFUSED.test(code) ? { fault: 'is not accepted here', remedy: RENEW } : undefined;
}
