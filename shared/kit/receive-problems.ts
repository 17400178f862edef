import type { ReceiveSource } from '../contract/connector';
import type { Challenge, Receive, Verification } from '../contract/receive';
import { compilePath } from './paths';
import { settingsOf } from './verify-post';

const HEADER = /^[a-z0-9-]+$/;
const MAX_WINDOW_MS = 24 * 3_600_000;

/** Everything that is wrong with how a source is posted to, a sentence each. */
export function receiveProblems(name: string, source: ReceiveSource): string[] {
  const receive = source.receive as Partial<Receive>;
  const who = `the source ${name}`;
  if (receive.verify === undefined)
    return [
      `${who}: anyone could post to it. Say in receive.verify how a post shows that it is the vendor's, ` +
        "or { kind: 'function-key' }, so that Azure Functions asks for a key.",
    ];
  return [
    ...verifyProblems(who, receive.verify, source),
    ...(receive.challenge === undefined ? [] : challengeProblems(who, receive.challenge, receive.verify)),
    ...(receive.headers ?? []).flatMap((header) => [
      ...headerProblems(who, 'headers', header),
      ...(isSecret(receive.verify, header)
        ? [`${who}: headers names ${header}, which holds what the post is verified by. It must not be kept.`]
        : []),
    ]),
  ];
}

/** True for a header that shows who is asking: whoever reads a row could post with it. */
function isSecret(verify: Verification | undefined, header: string): boolean {
  if (header === 'authorization' || header === 'cookie') return true;
  return verify?.kind === 'token' && verify.in === 'header' && verify.name === header;
}

function verifyProblems(who: string, verify: Verification, source: ReceiveSource): string[] {
  if (verify.kind === 'function-key') return [];
  const problems = secretProblems(who, verify, source);
  if (verify.kind === 'token')
    return verify.in === 'header' ? [...problems, ...headerProblems(who, 'verify', verify.name)] : problems;
  if (verify.kind === 'basic') return problems;
  return [...problems, ...headerProblems(who, 'verify', verify.header), ...signsProblems(who, verify)];
}

function secretProblems(who: string, verify: Verification, { settings = {} }: ReceiveSource): string[] {
  const { secrets, user } = settingsOf(verify);
  const [first = '', ...more] = secrets;
  const unknown = secrets.filter((secret) => settings[secret]?.kind !== 'secret');
  const needed = more.filter(
    (secret) => settings[secret]?.optional === undefined && !unknown.includes(secret),
  );
  return [
    ...unknown.map(
      (secret) => `${who}: verify names ${secret}, which is no secret setting of the source itself.`,
    ),
    ...(first === '' ? [`${who}: verify.secrets names no setting.`] : []),
    ...(settings[first]?.optional === true
      ? [`${who}: without ${first} nobody could post. It must not be optional.`]
      : []),
    ...needed.map(
      (secret) => `${who}: ${secret} is there so that ${first} can be replaced. Make it optional.`,
    ),
    ...(user === undefined || settings[user]?.kind === 'text'
      ? []
      : [`${who}: verify names ${user}, which is no text setting of the source itself.`]),
  ];
}

function signsProblems(
  who: string,
  { signs = '{body}', timestamp }: Extract<Verification, { readonly kind: 'hmac' }>,
): string[] {
  const problems = signs.includes('{body}') ? [] : [`${who}: verify.signs has no {body}: any body would do.`];
  if (signs.includes('{timestamp}') !== (timestamp !== undefined))
    problems.push(
      `${who}: verify.timestamp and {timestamp} in verify.signs go together: what is not signed proves nothing.`,
    );
  if (timestamp === undefined) return problems;
  problems.push(...headerProblems(who, 'verify.timestamp', timestamp.header));
  if (!(timestamp.windowMs > 0 && timestamp.windowMs <= MAX_WINDOW_MS))
    problems.push(
      `${who}: verify.timestamp.windowMs must lie within a day, so that a post is not taken again later.`,
    );
  return problems;
}

function challengeProblems(who: string, { answer, text, when }: Challenge, verify: Verification): string[] {
  const problems = [text, when.from].flatMap((path) => {
    try {
      compilePath(path);
      return [];
    } catch (error) {
      return [`${who}: challenge: ${(error as Error).message}`];
    }
  });
  const needsSecret = Object.values(answer).includes('hmac-sha256');
  if (needsSecret && verify.kind === 'function-key')
    problems.push(`${who}: challenge wants a keyed hash, and verify names no secret.`);
  return problems;
}

function headerProblems(who: string, where: string, header: string): string[] {
  if (HEADER.test(header)) return [];
  return [
    `${who}: ${where} names the header ${header}. Write it in lower case: letters, digits and hyphens.`,
  ];
}
