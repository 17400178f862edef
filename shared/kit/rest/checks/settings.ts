import type { Settings } from '../../../contract/connector';
import type { RestSpec } from '../../../contract/rest';
import { authSettingProblems } from '../../auth/auth-settings';
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
  if (rest.auth !== undefined) problems.push(...authSettingProblems(who, rest.auth, settings));
  return problems;
}

/** The settings whose values a request holds, each with its member. */
function settingsNamed(rest: RestSpec): readonly (readonly [member: string, name: string])[] {
  return textsOf(requestTexts(rest))
    .flatMap(([member, text]) => namesIn(text).map((name) => [member, name] as const))
    .filter(([, name]) => !READ_VALUES.some((value) => value === name));
}
