import type { Auth, UnsignedRequest } from '../../contract/auth';
import type { SettingValues } from '../../contract/connector';
import { ContractError, SettingError } from '../../contract/errors';
import type { HttpRequest } from '../../contract/http';
import { basicAuthorization } from '../signatures';
import { fillText, namesIn } from '../template';

/** The parts that a credential adds to a request. Names of headers are in lower case. */
export type Credential = Pick<HttpRequest, 'headers' | 'query'>;

/**
 * The credential of a request, from the settings alone.
 * @throws ContractError when the declaration names a setting that the connector does not have
 * @throws SettingError when a setting has a character that ends the credential
 */
export function credentialOf(
  auth: Exclude<Auth, { kind: 'digest' | 'oauth2' | 'session' }>,
  settings: SettingValues,
  request: HttpRequest,
  now: Date,
): Credential {
  switch (auth.kind) {
    case 'bearer':
      return { headers: { authorization: `Bearer ${settingOf(settings, auth.setting)}` } };
    case 'header': {
      const prefix = filled(auth.prefix ?? '', settings, 'auth.prefix');
      const value = `${prefix}${settingOf(settings, auth.setting)}`;
      return { headers: { [auth.header.toLowerCase()]: value } };
    }
    case 'query':
      return { query: { [auth.name]: settingOf(settings, auth.setting) } };
    case 'basic':
      return { headers: { authorization: basicOf(auth, settings, 'auth') } };
    case 'signature': {
      const named = auth.settings.map((name) => [name, settingOf(settings, name, 'auth.settings')] as const);
      return { headers: lowerCased(auth.sign(unsigned(request, now), Object.fromEntries(named))) };
    }
  }
}

/** HTTP Basic with a user and a password of the settings. @see RFC 7617, section 2 */
export function basicOf(
  { password = '', user }: { readonly user: string; readonly password?: string },
  settings: SettingValues,
  member: string,
): string {
  const name = filled(user, settings, `${member}.user`);
  const pass = filled(password, settings, `${member}.password`);
  for (const [text, template, forbidden] of [
    [name, user, /[:\p{Cc}]/u],
    [pass, password, /\p{Cc}/u],
  ] as const) {
    if (!forbidden.test(text)) continue;
    throw new SettingError(
      `authenticating: ${namesIn(template).join(' or ')} holds a control character, or a colon where the user ends. ` +
        'Set the value that the vendor gave, without that character.',
    );
  }
  return basicAuthorization(name, pass);
}

/** A text of a declaration with the values of its settings. */
export function filled(template: string, settings: SettingValues, member: string): string {
  return String(fillText(template, (name) => settingOf(settings, name, member)) ?? '');
}

/** @throws ContractError when the connector does not declare the setting */
export function settingOf(settings: SettingValues, name: string, member = 'auth.setting'): string {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (value !== undefined) return value;
  throw new ContractError(
    `building a request: ${member} names the setting ${name}, which the connector does not declare. Declare it or name another.`,
  );
}

/** The address of a request with its whole query, as it is sent. */
export function addressSent({ query = {}, url }: HttpRequest): URL {
  const address = new URL(url);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(name, String(value));
  return address;
}

function unsigned(request: HttpRequest, at: Date): UnsignedRequest {
  const { body, method = 'GET' } = request;
  const { host, pathname: path, searchParams } = addressSent(request);
  return { method, host, path, query: [...searchParams], body: typeof body === 'string' ? body : '', at };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
