import { REFUSALS, refusal, type Refusal, type Refused } from '../../../shared/push/data-collector/request';
import type { Answer } from '../ingestion-api';

export const accepted: Answer = { status: 200 };

/** A refusal as an HTTP answer. */
export function refused({ body, status }: Refused): Answer {
  return body === undefined ? { status } : { status, headers: { 'content-type': 'application/json' }, body };
}

/** The documented answer for a status, or for one of its codes; 404 and 429 have no body. */
export function answerFor(status: number, code: string | undefined): Answer {
  const codes = Object.keys(REFUSALS) as Refusal[];
  const found = codes.find((each) => (code === undefined ? REFUSALS[each][0] === status : each === code));
  return found ? { ...refused(refusal(found)), status } : { status };
}
