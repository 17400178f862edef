import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** An unknown certificate authority, and the certificates that it signed. */
export interface PrivateCa {
  /** Its own certificate, PEM. */
  readonly certificate: string;
  /** A certificate for a server of these names. */
  server(...hosts: readonly string[]): Promise<Pair>;
  /** A certificate for a server that is valid from one time until another. */
  serverBetween(from: Date, until: Date, host: string): Promise<Pair>;
  /** A certificate for a client. */
  client(name: string): Promise<Pair>;
}

/** Creates an authority for one test. */
export async function privateCa(): Promise<PrivateCa> {
  const own = await generate([{ name: 'commonName', value: 'A private authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const sign = async (
    name: string,
    hosts: readonly string[],
    usage: object,
    valid: { readonly notBeforeDate?: Date; readonly notAfterDate?: Date } = {},
  ): Promise<Pair> => {
    const made = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { key: own.private, cert: own.cert },
      ...valid,
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', ...usage },
        {
          name: 'subjectAltName',
          altNames: hosts.map((host) =>
            /^[\d.]+$/.test(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host },
          ),
        },
      ],
    });
    return { certificate: made.cert, key: made.private };
  };
  return {
    certificate: own.cert,
    server: (...hosts) => sign(hosts[0] ?? 'server', hosts, { serverAuth: true }),
    serverBetween: (notBeforeDate, notAfterDate, host) =>
      sign(host, [host], { serverAuth: true }, { notBeforeDate, notAfterDate }),
    client: (name) => sign(name, [name], { clientAuth: true }),
  };
}
