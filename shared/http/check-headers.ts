import { ContractError, SettingError } from '../contract/errors';
import type { HttpRequest } from '../contract/http';
import { headerNameProblem, headerValueProblem, isOfConnection } from '../kit/header-problems';
import type { HttpOptions } from './http-options';

/**
 * Checks that every header can be sent exactly as given: the HTTP client silently drops characters that a header cannot
 * contain. No message contains a value.
 * @throws SettingError when the value of a setting contains such a character; the message names its variable
 * @throws ContractError for any other header that cannot be sent as given; the message names the header
 */
export function checkHeaders(
  { headers = {} }: Pick<HttpRequest, 'headers'>,
  url: URL,
  { secrets, settings = {}, who }: Pick<HttpOptions, 'secrets' | 'settings' | 'who'>,
): void {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const header = `asking ${who}: the header ${secrets.mask(JSON.stringify(name))}`;
    const variable = variableIn(value, settings);
    if (variable !== undefined) {
      throw new SettingError(
        `${header} holds the value of ${variable}, and ${headerValueProblem(settings[variable]) ?? ''}. ` +
          `Set ${variable} to the value that the vendor gave, without that character.`,
      );
    }
    const isOurs = isOfConnection(name) && !(lower === 'host' && value === url.host);
    const problem = headerNameProblem(name) ?? headerValueProblem(value);
    const because =
      problem ??
      (isOurs ? 'it is set automatically' : seen.has(lower) ? 'another one has the same name' : undefined);
    if (because !== undefined) {
      throw new ContractError(
        `${header} cannot be sent as it is given: ${because}. Send what the vendor’s documentation says, encoded as it says.`,
      );
    }
    seen.add(lower);
  }
}

/** The variable whose value is part of a header and contains a character that a header cannot. */
function variableIn(value: unknown, settings: Readonly<Record<string, string>>): string | undefined {
  if (headerValueProblem(value) === undefined) return undefined;
  return Object.keys(settings).find((variable) => {
    const set = settings[variable] ?? '';
    return headerValueProblem(set) !== undefined && String(value).includes(set);
  });
}
