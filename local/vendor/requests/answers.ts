import type {
  PublishedEvents,
  Refusal,
  VendorAnswer,
  VendorRequest,
  VendorRules,
} from '../../../shared/contract/simulator';
import { stringifyJson } from '../../../shared/values/json/json';
import type { FaultKind } from '../faults';
import { settingsAt } from '../placeholder-settings';
import type { Written } from './reply';
import type { ReceivedRequest } from './received';
import { toolsFor } from '../simulator-tools';

/** A source that the folder's simulator answers. */
export interface AnswerParts {
  readonly connector: string;
  readonly rules: VendorRules;
  readonly settings: Readonly<Record<string, string>>;
  /** The vendor's clock; `undefined` while fixtures are replayed. */
  readonly now: () => Date | undefined;
  readonly events: PublishedEvents;
  readonly pageSize: number | undefined;
}

/** Passes a request without a declaration to the folder's simulator. If that throws, the request is refused. */
export function answerInCode(
  { connector, events, now, pageSize, rules, settings }: AnswerParts,
  received: ReceivedRequest,
): VendorAnswer | Refusal {
  const unknown: Refusal = { status: 404, because: 'there is no such address' };
  const own = { source: '', settings: settingsAt(settings, received.base), now: now() };
  const request: VendorRequest = { ...received, ...own };
  try {
    return rules.answer?.(request, toolsFor(pageSize), events) ?? unknown;
  } catch (error) {
    const because = `answer() of connectors/${connector}/simulator.ts throws ${String(error)}`;
    return { status: 500, because };
  }
}

/** Faults that depend on the order of answers, or on the place of records in them. */
export const OF_DECLARATIONS: ReadonlySet<FaultKind['do']> = new Set([
  'same-token',
  'repeated-page',
  'empty-page',
  'more-records',
]);

/** True for a fault that is possible for an answer in code. Half of a text that is not JSON may be a valid answer. */
export function canMeet(answer: VendorAnswer, base: string, kind: FaultKind['do']): boolean {
  const written = writtenAnswer(answer);
  if (kind === 'truncated') return isJson(written);
  if (kind === 'foreign-link') return isJson(written) && linked(written, base, '') !== undefined;
  return !OF_DECLARATIONS.has(kind);
}

/** Writes an answer. @param base the connector's own address, which a foreign link replaces */
export function writeAnswer(answer: VendorAnswer, base: string, fault: FaultKind | undefined): Written {
  const written = writtenAnswer(answer);
  return (fault?.do === 'foreign-link' ? linked(written, base, fault.to) : undefined) ?? written;
}

function writtenAnswer({ body, headers = {}, status = 200 }: VendorAnswer): Written {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (body instanceof Uint8Array) {
    return { status, body, headers: { 'content-type': 'application/octet-stream', ...own } };
  }
  if (typeof body === 'string') return { status, body, headers: { 'content-type': 'text/plain', ...own } };
  return { status, body: stringifyJson(body), headers: own };
}

function isJson({ headers }: Written): boolean {
  return /[/+]json\b/.test(String(headers['content-type'] ?? 'application/json'));
}

/** The same answer with the vendor's addresses at another host; `undefined` if it contains none. */
function linked({ body, headers, status = 200 }: Written, base: string, to: string): Written | undefined {
  const text = Buffer.from(body).toString('utf8');
  const all = [text, ...Object.values(headers).flat()];
  if (!all.some((each) => each.includes(base))) return undefined;
  const moved = Object.entries(headers).map(
    ([name, value]) => [name, [value].flat().map((each) => each.replaceAll(base, to))] as const,
  );
  return { status, body: text.replaceAll(base, to), headers: Object.fromEntries(moved) };
}
