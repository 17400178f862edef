import type { Settings } from '../../../contract/connector';
import type { RestSpec } from '../../../contract/rest';
import { namesIn } from '../../template';
import { READ_VALUES, requestTexts, textsOf } from '../request-texts';

/** What is wrong with the settings that a declaration names, a sentence each. */
export function settingProblems(who: string, rest: RestSpec, settings: Settings): string[] {
  const problems: string[] = [];
  const check = (isFine: boolean, sentence: string): void => {
    if (!isFine) problems.push(sentence);
  };
  const kindOf = (setting: string): string | undefined => settings[setting]?.kind;
  check(kindOf(rest.base) === 'url', `${who}: base names ${rest.base}, which is no url setting.`);
  for (const [member, name] of settingsNamed(rest)) {
    if (member === 'path')
      check(kindOf(name) === 'text', `${who}: path names ${name}, which is no text setting.`);
    else
      check(
        kindOf(name) !== undefined,
        `${who}: ${member} names ${name}, which is no setting. Write {{${name}}} where it is text.`,
      );
  }
  const { auth } = rest;
  if (auth?.kind === 'signature') {
    const unknown = auth.settings.filter((setting) => kindOf(setting) === undefined);
    check(unknown.length === 0, `${who}: auth names ${unknown.join(', ')}, which is no setting.`);
    const hasSecret = auth.settings.some((setting) => kindOf(setting) === 'secret');
    check(hasSecret, `${who}: auth names no secret setting to sign with.`);
  } else if (auth !== undefined) {
    check(
      kindOf(auth.setting) === 'secret',
      `${who}: auth names ${auth.setting}, which is no secret setting.`,
    );
  }
  return problems;
}

/** The settings whose values a request holds, each with its member. */
function settingsNamed(rest: RestSpec): readonly (readonly [member: string, name: string])[] {
  return textsOf(requestTexts(rest))
    .flatMap(([member, text]) => namesIn(text).map((name) => [member, name] as const))
    .filter(([, name]) => !READ_VALUES.some((value) => value === name));
}
