import { ContractError, SettingError } from '../../contract/errors';
import type { AwsKeys, AwsRole, ObjectsSpec } from '../../contract/objects';
import {
  awsProblem,
  clientOptions,
  valueOf,
  type AwsContext,
  type AwsCredentials,
  type AwsPlace,
} from './aws';

/** A role is assumed again so long before its credentials end. */
const RENEW_MS = 5 * 60_000;
/** The clients share what is kept here, by the clock of the run; they would keep it by that of the process. */
const ASKED_EACH_TIME = new Date(0);

/** How STS refuses an ARN or an external id that cannot be one. @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const NO_ROLE = /\bValidationError\b/;

/** How STS refuses the key that asks for the role. @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const WRONG_KEY =
  /\b(?:InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken(?:Exception)?|InvalidAccessKeyId)\b/;

/** What signs the requests of a source: its keys, or those that STS gives them for a role. */
export function credentialsOf(
  context: AwsContext,
  { keys, role }: Pick<ObjectsSpec, 'keys' | 'role'>,
  place: AwsPlace,
): AwsCredentials | (() => Promise<AwsCredentials>) {
  const { settings } = context;
  const token = valueOf(settings, keys.token);
  const own: AwsCredentials = {
    accessKeyId: valueOf(settings, keys.id),
    secretAccessKey: valueOf(settings, keys.secret),
    ...(token === '' ? {} : { sessionToken: token }),
  };
  return role === undefined || valueOf(settings, role.arn) === ''
    ? own
    : assumed({ context, keys, own, role }, place);
}

function assumed(
  {
    context,
    keys,
    own,
    role,
  }: {
    readonly context: AwsContext;
    readonly keys: AwsKeys;
    readonly own: AwsCredentials;
    readonly role: AwsRole;
  },
  { region, roles }: AwsPlace,
): () => Promise<AwsCredentials> {
  const ExternalId = valueOf(context.settings, role.externalId);
  let kept: Promise<AwsCredentials> | undefined;
  let renewAtMs = 0;

  const assume = async (): Promise<AwsCredentials> => {
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    const provider = fromTemporaryCredentials({
      masterCredentials: own,
      params: {
        RoleArn: valueOf(context.settings, role.arn),
        RoleSessionName: 'tributary',
        ...(ExternalId === '' ? {} : { ExternalId }),
      },
      clientConfig: clientOptions(context, own, region, roles),
    });
    try {
      const { expiration, ...given } = await provider();
      for (const value of [given.secretAccessKey, given.sessionToken ?? '']) context.secret(value);
      renewAtMs = (expiration?.getTime() ?? 0) - RENEW_MS;
      return { ...given, expiration: ASKED_EACH_TIME };
    } catch (error) {
      context.signal.throwIfAborted();
      throw roleProblem(error, role, keys);
    }
  };

  return () => {
    const nowMs = (context.now?.() ?? context.startedAt).getTime();
    if (kept === undefined || nowMs >= renewAtMs) {
      renewAtMs = Infinity;
      kept = assume();
      kept.catch(() => (kept = undefined));
    }
    return kept;
  };
}

function roleProblem(error: unknown, { arn, externalId }: AwsRole, keys: AwsKeys): unknown {
  const isRefused = error instanceof SettingError;
  if (isRefused && WRONG_KEY.test(error.message)) {
    const settings = [keys.id, keys.secret, keys.token].filter((name) => name !== undefined);
    return new SettingError(
      `assuming the role: AWS refuses the access key. Check the settings ${settings.join(', ')}. (${error.message})`,
      { cause: error },
    );
  }
  const isWrong = error instanceof ContractError && NO_ROLE.test(error.message);
  if (!isRefused && !isWrong) return awsProblem('assuming the role', error);
  const settings = externalId === undefined ? `the setting ${arn}` : `the settings ${arn} and ${externalId}`;
  return new SettingError(
    `assuming the role: AWS refuses it. Check ${settings}, that the trust policy of the role names the user of the access key, and that this user may call sts:AssumeRole. (${error.message})`,
    { cause: error },
  );
}
