import { SettingError, type Pull } from '../../shared';

const EVENTS_SERVER = /^events\.(?:[a-z]+\.)?1password\.[a-z]+$/;

/**
 * The server that a token is for, as its claim `aud` says, `https://events.1password.eu`; `undefined` for a token that
 * does not say. Nothing is verified: that is for 1Password to do.
 * @see https://github.com/1Password/events-api-splunk/blob/main/src/utils/jwt.go
 */
export function serverOf(token: string): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      readonly aud?: unknown;
    };
    const host = [claims.aud]
      .flat()
      .find((each): each is string => typeof each === 'string' && EVENTS_SERVER.test(each));
    return host === undefined ? undefined : `https://${host}`;
  } catch {
    return undefined;
  }
}

/**
 * The same pull. Where 1Password refuses the token, the error also says so if the token is for another server than the
 * one that is asked. 1Password answers both with the same 401. A gateway in between may be right: nothing is refused beforehand.
 */
export function namingServer(pull: Pull): Pull {
  const named: Pull = async function* (context) {
    try {
      yield* pull(context);
    } catch (error) {
      const server = serverOf(context.settings['token'] ?? '');
      const asked = new URL(context.settings['url'] ?? '').origin;
      if (!(error instanceof SettingError) || server === undefined || server === asked) throw error;
      throw new SettingError(
        `${error.message} The token is for ${server}, not for ${asked}: set the URL to ${server}, or use a token of that account.`,
        { cause: error },
      );
    }
  };
  return Object.assign(named, pull);
}
