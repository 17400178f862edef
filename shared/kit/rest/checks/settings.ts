import type { Settings } from '../../../contract/connector';
import type { RestSpec } from '../../../contract/rest';
import { authSettingProblems } from '../../auth/auth-settings';
import { namesIn } from '../../template';
import type { RequestTexts } from '../paging/paging';
import { READ_VALUES, requestTexts, stepsOf, textsOf } from '../request-texts';

/** What is wrong with the settings that a declaration names, a sentence each. */
export function settingProblems(who: string, rest: RestSpec, settings: Settings): string[] {
  const problems: string[] = [];
  const check = (isFine: boolean, sentence: string): void => {
    if (!isFine) problems.push(sentence);
  };
  const kindOf = (setting: string): string | undefined => settings[setting]?.kind;
  check(kindOf(rest.base) === 'url', `${who}: base names ${rest.base}, which is not a url setting.`);
  for (const [member, name] of settingsNamed(rest)) {
    if (/(?:^|\.)path$/.test(member))
      check(kindOf(name) === 'text', `${who}: ${member} names ${name}, which is not a text setting.`);
    else
      check(
        kindOf(name) !== undefined,
        `${who}: ${member} names ${name}, which is not a setting. Write {{${name}}} where it is text.`,
      );
  }
  if (rest.auth !== undefined) problems.push(...authSettingProblems(who, rest.auth, settings));
  for (const name of new Set(stepsOf(rest).flatMap(([, , own]) => own)))
    check(
      settings[name] === undefined,
      `${who}: {${name}} is a value of a later request, and a setting has the same name. Rename the setting.`,
    );
  return problems;
}

/** The settings whose values a request holds, each with its member. */
function settingsNamed(rest: RestSpec): readonly (readonly [member: string, name: string])[] {
  const ofSteps = stepsOf(rest).flatMap(([step, texts, own]) =>
    namesOf(texts, own).map(([member, name]) => [`${step}.${member}`, name] as const),
  );
  return [...namesOf(requestTexts(rest), READ_VALUES), ...ofSteps];
}

/** The placeholders of a request, without those of its own values. */
function namesOf(
  texts: RequestTexts,
  own: readonly string[],
): readonly (readonly [member: string, name: string])[] {
  return textsOf(texts)
    .flatMap(([member, text]) => namesIn(text).map((name) => [member, name] as const))
    .filter(([, name]) => !own.includes(name));
}
