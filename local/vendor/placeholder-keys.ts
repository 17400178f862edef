import { createECDH, createHash, createPrivateKey } from 'node:crypto';
import type { KeySetting } from '../../shared/kit/auth/auth-settings';

const CURVE = 'prime256v1';

/** The value of a setting that holds a private key: the same in each process for the same connector and setting. */
export function placeholderKey(connector: string, { form, name }: KeySetting): string {
  const pem = privateKeyOf(`${connector} ${name}`);
  if (form === 'pem') return pem;
  return JSON.stringify({
    type: 'service_account',
    private_key_id: 'local-key',
    private_key: pem,
    client_email: `reader@${connector}.iam.example.com`,
  });
}

/** A key on the curve P-256 whose number is the hash of a text. */
function privateKeyOf(text: string): string {
  const pair = createECDH(CURVE);
  pair.setPrivateKey(createHash('sha256').update(text).digest());
  const point = pair.getPublicKey();
  const key = {
    kty: 'EC',
    crv: 'P-256',
    d: pair.getPrivateKey('base64url' as 'base64'),
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  return createPrivateKey({ key, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }) as string;
}
