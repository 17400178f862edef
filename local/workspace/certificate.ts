import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM, made for one start. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Makes a self-signed certificate for `127.0.0.1`, `::1` and `localhost`, valid for a year. It is its own authority. */
export async function makeCertificate(): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { certificate: made.cert, privateKey: made.private };
}
