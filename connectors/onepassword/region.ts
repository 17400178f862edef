import { SettingError, type Pull } from '../../shared';

const EVENTS_SERVER = /^events\.(?:[a-z]+\.)?1password\.[a-z]+$/;

/**
 * The server that a token is for, by its claim `aud`, such as `https://events.1password.eu`; `undefined` for a token without
 * it. The token is not verified; 1Password does that.
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
 * Adds to a refused token's error that the token is for another server, if so: 1Password answers the same 401 to a wrong token.
 * Nothing is refused beforehand, because a gateway's address may be correct.
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
