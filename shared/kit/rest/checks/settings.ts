import type { Settings } from '../../../contract/connector';
import type { RestSpec } from '../../../contract/rest';
import { authSettingProblems } from '../../auth/auth-settings';
import { namesIn } from '../../template';
import type { RequestTexts } from '../paging/paging';
import { DETAIL_VALUES, READ_VALUES, detailsTexts, requestTexts, textsOf } from '../request-texts';

/** What is wrong with the settings that a declaration names, a sentence each. */
export function settingProblems(who: string, rest: RestSpec, settings: Settings): string[] {
  const problems: string[] = [];
  const check = (isFine: boolean, sentence: string): void => {
    if (!isFine) problems.push(sentence);
  };
  const kindOf = (setting: string): string | undefined => settings[setting]?.kind;
  check(kindOf(rest.base) === 'url', `${who}: base names ${rest.base}, which is no url setting.`);
  for (const [member, name] of settingsNamed(rest)) {
    if (member === 'path' || member === 'details.path')
      check(kindOf(name) === 'text', `${who}: ${member} names ${name}, which is no text setting.`);
    else
      check(
        kindOf(name) !== undefined,
        `${who}: ${member} names ${name}, which is no setting. Write {{${name}}} where it is text.`,
      );
  }
  if (rest.auth !== undefined) problems.push(...authSettingProblems(who, rest.auth, settings));
  for (const name of rest.details === undefined ? [] : ['id', 'ids'])
    check(
      settings[name] === undefined,
      `${who}: {${name}} is a value of details, and a setting has the same name. Rename the setting.`,
    );
  return problems;
}

/** The settings whose values a request holds, each with its member. */
function settingsNamed(rest: RestSpec): readonly (readonly [member: string, name: string])[] {
  const { details } = rest;
  const ofList = namesOf(requestTexts(rest), READ_VALUES);
  if (details === undefined) return ofList;
  const ofDetails = namesOf(detailsTexts(rest, details), DETAIL_VALUES);
  return [...ofList, ...ofDetails.map(([member, name]) => [`details.${member}`, name] as const)];
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
