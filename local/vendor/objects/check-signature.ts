import { createHash, createHmac } from 'node:crypto';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';

/** The keys of an account. */
export interface AccountKeys {
  readonly id: string;
  readonly secret: string;
  /** Empty for keys that are not temporary. */
  readonly token: string;
}

const MOST_SKEW_MS = 15 * 60_000;
const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/(s3|sqs|sts)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/**
 * Checks a signature of version 4, with code of its own.
 * @returns why it is refused
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function checkSignature(
  request: VendorRequest,
  service: 's3' | 'sqs' | 'sts',
  keys: AccountKeys,
): Refusal | undefined {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const [, id, day = '', region = '', named, signedNames = '', signature] =
    FORM.exec(header('authorization')) ?? [];
  const at = header('x-amz-date');
  const body = hash(request.body);
  const names = signedNames.split(';');
  const unsigned = ['host', ...Object.keys(request.headers)].find(
    (name) => /^host$|^x-amz-/.test(name) && !names.includes(name),
  );
  const faults: readonly (readonly [isFault: boolean, because: string])[] = [
    [signature === undefined, 'the request has no signature of version 4'],
    [named !== service, `it is signed for ${String(named)}`],
    [id !== keys.id, 'the access key is wrong'],
    [header('x-amz-security-token') !== keys.token, 'the session token is wrong'],
    [!at.startsWith(day) || isSkewed(at, request.now), `its x-amz-date is ${at}`],
    [
      service === 's3' && header('x-amz-content-sha256') !== body,
      'x-amz-content-sha256 is not that of the body',
    ],
    [unsigned !== undefined, `${unsigned ?? ''} is not signed`],
  ];
  const canonical = [
    request.method,
    request.fullPath,
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${header(name).trim().replace(/ +/g, ' ')}`),
    '',
    signedNames,
    body,
  ].join('\n');
  const scope = [day, region, service, 'aws4_request'];
  const key = scope.reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${keys.secret}`,
  );
  const text = ['AWS4-HMAC-SHA256', at, scope.join('/'), hash(canonical)].join('\n');
  const expected = createHmac('sha256', key).update(text).digest('hex');
  const [, because] =
    faults.find(([isFault]) => isFault) ?? (signature === expected ? [] : [true, 'the signature is wrong']);
  return because === undefined
    ? undefined
    : { status: 403, because, body: { __type: 'InvalidSignatureException' } };
}

function isSkewed(at: string, now: Date | undefined): boolean {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(at) ?? [];
  if (parts.length === 0) return true;
  const [year = 0, month = 0, day, hour, minute, second] = parts.map(Number);
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return now !== undefined && Math.abs(now.getTime() - ms) > MOST_SKEW_MS;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  const encoded = (text: string): string =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return Object.entries(query)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
}
