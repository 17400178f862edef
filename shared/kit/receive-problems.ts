import type { ReceiveSource } from '../contract/connector';
import {
  HEADERS_MEMBER,
  RECEIVED_AT,
  type Challenge,
  type HmacVerification,
  type Receive,
  type Verification,
} from '../contract/webhook';
import { pathProblem } from '../values/json-path';

const HEADER = /^[a-z0-9-]+$/;
/** The longest tolerance for a signature's timestamp. Beyond it a post could be replayed the next day. */
const MAX_WINDOW_MS = 24 * 3_600_000;

type Check = (isFine: boolean, sentence: string) => void;

/** The faults of a source's `receive`, a sentence each. */
export function receiveProblems(name: string, source: ReceiveSource): string[] {
  const problems: string[] = [];
  const check: Check = (isFine, sentence) => {
    if (!isFine) problems.push(sentence);
  };
  const who = `the source ${name}`;
  const { challenge, headers = [], verify } = source.receive as Partial<Receive>;
  check(
    verify !== undefined,
    `${who}: anyone could post to it. Say in receive.verify how a post shows that it is the vendor's, or { kind: 'function-key' }, so that Azure Functions asks for a key.`,
  );
  if (verify === undefined) return problems;
  checkSecrets(who, verify, source, check);
  check(
    ![HEADERS_MEMBER, RECEIVED_AT].some((member) => source.table.eventId?.includes(member) === true),
    `${who}: its eventId ${source.table.eventId ?? ''} is not covered by the signature: somebody who posts a recorded body again could choose it. Name a member of the body, or leave eventId out.`,
  );
  if (verify.kind === 'token' && verify.in === 'header') checkHeader(who, verify.name, check);
  if (verify.kind === 'hmac') checkHmac(who, verify, check);
  for (const header of headers) {
    checkHeader(who, header, check);
    check(
      !isSecret(verify, header),
      `${who}: headers names ${header}, which contains the credential of the post. It must not be stored.`,
    );
  }
  if (challenge !== undefined) checkChallenge(who, challenge, verify, check);
  return problems;
}

function checkSecrets(
  who: string,
  verify: Verification,
  { settings = {} }: ReceiveSource,
  check: Check,
): void {
  if (verify.kind === 'function-key') return;
  const { secrets, user } = settingsOf(verify);
  const [first = '', ...more] = secrets;
  check(first !== '', `${who}: verify.secrets names no setting.`);
  for (const secret of secrets) {
    check(
      settings[secret]?.kind === 'secret',
      `${who}: verify names ${secret}, which is not a secret setting of the source itself.`,
    );
  }
  check(
    settings[first]?.optional !== true,
    `${who}: without ${first} nobody could post. It must not be optional.`,
  );
  for (const secret of more.filter((name) => settings[name]?.kind === 'secret')) {
    check(
      settings[secret]?.optional === true,
      `${who}: ${secret} is for the rotation of ${first}. Make it optional.`,
    );
  }
  check(
    user === undefined || settings[user]?.kind === 'text',
    `${who}: verify names ${user ?? ''}, which is not a text setting of the source itself.`,
  );
}

function checkHmac(
  who: string,
  { header, signs = '{body}', timestamp }: HmacVerification,
  check: Check,
): void {
  checkHeader(who, header, check);
  check(signs.includes('{body}'), `${who}: verify.signs has no {body}: any body would be accepted.`);
  check(
    signs.includes('{timestamp}') === (timestamp !== undefined),
    `${who}: verify.timestamp and {timestamp} in verify.signs require each other: an unsigned time proves nothing.`,
  );
  if (timestamp === undefined) return;
  checkHeader(who, timestamp.header, check);
  check(
    timestamp.windowMs > 0 && timestamp.windowMs <= MAX_WINDOW_MS,
    `${who}: verify.timestamp.windowMs must lie within a day, so that a post is not taken again later.`,
  );
}

function checkChallenge(
  who: string,
  { answer, text, when }: Challenge,
  verify: Verification,
  check: Check,
): void {
  for (const path of [text, when.from]) {
    const problem = pathProblem(path);
    check(problem === undefined, `${who}: challenge: ${problem ?? ''}`);
  }
  check(
    verify.kind !== 'function-key' || !Object.values(answer).includes('hmac-sha256'),
    `${who}: challenge needs a keyed hash, and verify names no secret.`,
  );
}

function checkHeader(who: string, header: string, check: Check): void {
  check(
    HEADER.test(header),
    `${who}: the header ${header} must be written in lower case: letters, digits and hyphens.`,
  );
}

/** True for a header with a credential. Whoever reads the row could post with it. */
function isSecret(verify: Verification, header: string): boolean {
  if (header === 'authorization' || header === 'cookie') return true;
  return verify.kind === 'token' && verify.in === 'header' && verify.name === header;
}

/** The settings that a verification names. */
export function settingsOf(verification: Verification): {
  readonly secrets: readonly string[];
  readonly user?: string;
} {
  if (verification.kind === 'function-key') return { secrets: [] };
  const { secrets } = verification;
  return verification.kind === 'basic' ? { secrets, user: verification.user } : { secrets };
}
