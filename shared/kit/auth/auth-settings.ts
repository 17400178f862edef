import type { Auth } from '../../contract/auth';
import type { Settings } from '../../contract/connector';
import { namesIn } from '../template';

/** The texts with placeholders of a credential, each with its member. */
export function textsOfAuth(auth: Auth): readonly (readonly [member: string, text: string])[] {
  if (auth.kind !== 'basic') return [];
  const { password = '', user } = auth;
  return [
    ['auth.user', user],
    ['auth.password', password],
  ];
}

/** The settings whose values a credential is made of. */
export function settingsOfAuth(auth: Auth): readonly string[] {
  const named = auth.kind === 'signature' ? auth.settings : 'setting' in auth ? [auth.setting] : [];
  return [...new Set([...named, ...textsOfAuth(auth).flatMap(([, text]) => namesIn(text))])];
}

/** The header that a credential is sent in, in lower case; `undefined` if it has none or computes it. */
export function headerOfAuth(auth: Auth | undefined): string | undefined {
  if (auth?.kind === 'header') return auth.header.toLowerCase();
  return auth?.kind === 'bearer' || auth?.kind === 'basic' ? 'authorization' : undefined;
}

/** What is wrong with the settings that a credential names, a sentence each. */
export function authSettingProblems(who: string, auth: Auth, settings: Settings): string[] {
  const kindOf = (setting: string): string | undefined =>
    Object.hasOwn(settings, setting) ? settings[setting]?.kind : undefined;
  if ('setting' in auth) {
    const { setting } = auth;
    return kindOf(setting) === 'secret' ? [] : [`${who}: auth names ${setting}, which is no secret setting.`];
  }
  const names = settingsOfAuth(auth);
  const unknown = names.filter((name) => kindOf(name) === undefined);
  const literal = textsOfAuth(auth).find(([, text]) => kindOf(text) !== undefined);
  return [
    ...(unknown.length > 0 ? [`${who}: auth names ${unknown.join(', ')}, which is no setting.`] : []),
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
