import { createHmac } from 'node:crypto';
import type { Json } from '../../contract/json';
import type { Challenge } from '../../contract/webhook';
import { compilePath } from '../../values/json-path';

/** Longest text that is echoed. */
const MAX_TEXT_CHARACTERS = 1_000;

/**
 * The answer to a vendor's challenge; `undefined` for any other body.
 * @param secret the secret that verified the request; empty when there is none
 */
export function answerChallenge(
  { answer, text, when }: Challenge,
  body: Json,
  secret: string,
): Readonly<Record<string, string>> | undefined {
  const asked = compilePath(text)(body);
  if (compilePath(when.from)(body) !== when.is) return undefined;
  if (typeof asked !== 'string' || asked === '' || asked.length > MAX_TEXT_CHARACTERS) return undefined;
  return Object.fromEntries(
    Object.entries(answer).map(([member, what]) => [
      member,
      what === 'text' ? asked : createHmac('sha256', secret).update(asked).digest('hex'),
    ]),
  );
}
