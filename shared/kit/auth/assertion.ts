import { createPrivateKey, randomUUID, type KeyObject } from 'node:crypto';
import type { OAuth2 } from '../../contract/auth';
import type { SettingValues } from '../../contract/connector';
import { SettingError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import { parseJson } from '../../values/json/json';
import { fillText } from '../template';
import { textAt } from '../value-at';
import { filled, settingOf } from './credential';

/** How long a JWT lives: no vendor takes less, and Box takes no more. */
const LIVES_S = 60;
/** @see RFC 7523, section 2.2 */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a run has for a token request. */
export interface AskingRun {
  now(): Date;
  /** Masks a value. */
  secret(value: string): string;
}

/** A JWT without its times and its signature. */
export interface Assertion {
  readonly claims: Readonly<Record<string, string>>;
  /** The private key in PEM, and the setting that it comes from. */
  readonly pem: string;
  readonly setting: string;
  /** The `kid`; none if it is empty. */
  readonly keyId: string;
}

/**
 * The JWTs of a token request, by the parameter that each is sent in.
 * @param endpoint the address of the token endpoint
 * @throws SettingError when a setting that holds a service account has none
 */
export function assertionsOf(
  auth: OAuth2,
  settings: SettingValues,
  endpoint: string,
): Readonly<Record<string, Assertion>> {
  const { client, grant } = auth;
  const made: Record<string, Assertion> = {};
  if (client?.in === 'assertion') {
    const id = filled(client.id, settings, 'auth.client.id');
    const aud = client.audience ?? '';
    made['client_assertion'] = {
      ...keyOf(client.key, settings, 'auth.client.key'),
      claims: { iss: id, sub: id, aud: filled(aud, settings, 'auth.client.audience') || endpoint },
    };
  }
  if (grant?.kind === 'jwt_bearer') {
    const claims = Object.entries(grant.claims).flatMap(([name, text]): [string, string][] => {
      const value = fillText(text, (each) => settingOf(settings, each, `auth.grant.claims.${name}`));
      return value === undefined ? [] : [[name, String(value)]];
    });
    made['assertion'] = {
      ...keyOf(grant.key, settings, 'auth.grant.key'),
      claims: { aud: endpoint, ...Object.fromEntries(claims) },
    };
  }
  if (grant?.kind === 'service_account') {
    const { email, ...key } = accountOf(settingOf(settings, grant.setting), grant.setting);
    const user = filled(grant.user ?? '', settings, 'auth.grant.user');
    const scope = filled(auth.scope ?? '', settings, 'auth.scope');
    const claims = { iss: email, aud: endpoint, ...(user && { sub: user }), ...(scope && { scope }) };
    made['assertion'] = { ...key, claims };
  }
  return made;
}

/**
 * Signs a JWT, masked in everything that is written.
 * @throws SettingError when the setting holds no key that can sign it
 */
export async function signAssertion(
  { claims, keyId, pem, setting }: Assertion,
  { now, secret }: AskingRun,
): Promise<string> {
  secret(pem);
  const key = readKey(pem, setting);
  const alg = algorithmOf(key, setting);
  const { SignJWT } = await import('jose');
  const seconds = Math.floor(now().getTime() / 1_000);
  const signed = await new SignJWT(claims)
    .setProtectedHeader({ alg, typ: 'JWT', ...(keyId && { kid: keyId }) })
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LIVES_S)
    .setJti(randomUUID())
    .sign(key);
  return secret(signed);
}

type Key = Omit<Assertion, 'claims'>;

function keyOf(
  { id = '', setting }: { readonly id?: string; readonly setting: string },
  settings: SettingValues,
  member: string,
): Key {
  const pem = settingOf(settings, setting, `${member}.setting`);
  return { keyId: filled(id, settings, `${member}.id`), pem, setting };
}

/** @see https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
function accountOf(text: string, setting: string): Key & { readonly email: string } {
  const account = jsonOf(text);
  const [email, pem] = [textAt(account, 'client_email'), textAt(account, 'private_key')];
  if (email !== undefined && pem !== undefined)
    return { email, pem, setting, keyId: textAt(account, 'private_key_id') ?? '' };
  throw new SettingError(
    `authenticating: ${setting} does not contain the key of a service account. ` +
      'Set it to the whole text of the JSON file that the vendor gave, with client_email and private_key.',
  );
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function readKey(text: string, setting: string): KeyObject {
  try {
    return createPrivateKey(inLines(text));
  } catch {
    const because = text.includes('ENCRYPTED') ? 'holds an encrypted key' : 'contains no private key in PEM';
    throw new SettingError(
      `authenticating: ${setting} ${because}. ` +
        'Set it to the whole key, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----, without a passphrase.',
    );
  }
}

/** The key of a PEM with the line ends that it should have. Other blocks, such as the parameters of a curve, are left out. */
function inLines(pem: string): string {
  const [, label = '', base64 = ''] =
    /-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]*)-----END \1-----/.exec(pem) ?? [];
  const lines = base64.replace(/\\[nr]|\s/g, '').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}

function algorithmOf(
  { asymmetricKeyDetails: details, asymmetricKeyType: type }: KeyObject,
  setting: string,
): string {
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= 2_048) return 'RS256';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  throw new SettingError(
    `authenticating: ${setting} holds a key that signs neither RS256 nor ES256. ` +
      'Make an RSA key of at least 2,048 bits, or an EC key on the curve P-256, and give its public half to the vendor.',
  );
}
