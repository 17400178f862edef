import type { Auth, OAuth2 } from '../../contract/auth';
import type { Setting, Settings } from '../../contract/connector';
import { namesIn } from '../template';

/** The texts with placeholders of a credential, each with its member. */
export function textsOfAuth(auth: Auth): readonly (readonly [member: string, text: string])[] {
  const texts = textsOf(auth);
  return Object.entries(texts).flatMap(([member, text]) =>
    text === undefined ? [] : [[`auth.${member}`, text]],
  );
}

function textsOf(auth: Auth): Readonly<Record<string, string | undefined>> {
  if ('user' in auth) return { user: auth.user, password: auth.password };
  if (auth.kind === 'header') return { prefix: auth.prefix };
  if (auth.kind === 'oauth2') return textsOfOAuth(auth);
  if (auth.kind !== 'session') return {};
  const { login, logout } = auth;
  return {
    'login.path': login.path,
    'login.basic.user': login.basic?.user,
    'login.basic.password': login.basic?.password,
    ...prefixed('login.parameters.', login.parameters),
    'logout.path': logout?.path,
  };
}

function textsOfOAuth(auth: OAuth2): Record<string, string | undefined> {
  const { audience, client, grant, parameters, scope, token } = auth;
  return {
    'token.path': token.path,
    'client.id': client?.id,
    ...(client?.in === 'assertion'
      ? { 'client.audience': client.audience, 'client.key.id': client.key.id }
      : {}),
    'grant.user': grant !== undefined && 'user' in grant ? grant.user : undefined,
    ...(grant?.kind === 'jwt_bearer'
      ? { 'grant.key.id': grant.key.id, ...prefixed('grant.claims.', grant.claims) }
      : {}),
    scope,
    audience,
    ...prefixed('parameters.', parameters),
  };
}

function prefixed(path: string, texts: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [path + name, text]));
}

/** A setting that a credential names outside of texts, and the kind that it must be of. */
interface NamedSetting {
  readonly name: string;
  readonly kind?: Setting['kind'];
}

function settingsNamed(auth: Auth): readonly NamedSetting[] {
  if (auth.kind === 'signature') return auth.settings.map((name) => ({ name }));
  if ('user' in auth) return [];
  if (auth.kind === 'session') return [{ name: auth.login.base ?? 'url', kind: 'url' }];
  if (auth.kind !== 'oauth2') return [{ name: auth.setting, kind: 'secret' }];
  const { client, grant, token } = auth;
  const ofClient = client?.in === 'assertion' ? [] : [client?.secret];
  const ofGrant =
    grant?.kind === 'password' ? grant.password : grant?.kind === 'refresh_token' ? grant.setting : undefined;
  const secrets = [...ofClient, ofGrant].filter((name) => name !== undefined);
  return [
    { name: token.base ?? 'url', kind: 'url' },
    ...[...secrets, ...keySettingsOf(auth).map(({ name }) => name)].map((name): NamedSetting => ({
      name,
      kind: 'secret',
    })),
  ];
}

/** A setting with a key: in PEM, or in the JSON of a service account. */
export interface KeySetting {
  readonly name: string;
  readonly form: 'pem' | 'service-account';
}

/** The settings of a credential that hold a private key. */
export function keySettingsOf(auth: Auth): readonly KeySetting[] {
  if (auth.kind !== 'oauth2') return [];
  const { client, grant } = auth;
  const pem = [
    ...(client?.in === 'assertion' ? [client.key.setting] : []),
    ...(grant?.kind === 'jwt_bearer' ? [grant.key.setting] : []),
  ].map((name): KeySetting => ({ name, form: 'pem' }));
  return grant?.kind === 'service_account' ? [...pem, { name: grant.setting, form: 'service-account' }] : pem;
}

/** The settings whose values a credential is made of, and those that it is asked for with. */
export function settingsOfAuth(auth: Auth): readonly string[] {
  const named = settingsNamed(auth).map(({ name }) => name);
  return [...new Set([...named, ...textsOfAuth(auth).flatMap(([, text]) => namesIn(text))])];
}

/** The header that a credential is sent in, in lower case; `undefined` if it has none or computes it. */
export function headerOfAuth(auth: Auth | undefined): string | undefined {
  if (auth?.kind === 'header') return auth.header.toLowerCase();
  if (auth?.kind === 'session') return auth.send.in === 'cookie' ? 'cookie' : auth.send.name.toLowerCase();
  return ['bearer', 'basic', 'digest', 'oauth2'].includes(auth?.kind ?? '') ? 'authorization' : undefined;
}

/** What is wrong with the settings that a credential names, a sentence each. */
export function authSettingProblems(who: string, auth: Auth, settings: Settings): string[] {
  const kindOf = (setting: string): string | undefined =>
    Object.hasOwn(settings, setting) ? settings[setting]?.kind : undefined;
  const wrong = settingsNamed(auth).find(({ kind, name }) => kind !== undefined && kindOf(name) !== kind);
  if (wrong !== undefined)
    return [`${who}: auth names ${wrong.name}, which is not a ${wrong.kind ?? ''} setting.`];
  const names = settingsOfAuth(auth);
  const unknown = names.filter((name) => kindOf(name) === undefined);
  const literal = textsOfAuth(auth).find(([, text]) => kindOf(text) !== undefined);
  return [
    ...(unknown.length > 0 ? [`${who}: auth names ${unknown.join(', ')}, which is not a setting.`] : []),
    ...(literal === undefined
      ? []
      : [
          `${who}: ${literal[0]} is the text ${literal[1]}. Write {${literal[1]}} for the setting of that name.`,
        ]),
    ...(names.some((name) => kindOf(name) === 'secret')
      ? []
      : [
          `${who}: auth names no secret setting to ${auth.kind === 'signature' ? 'sign' : 'authenticate'} with.`,
        ]),
  ];
}
