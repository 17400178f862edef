import { maskRequest, maskStrings, rateHeaders, type MaskedRequest } from './masked-request';
import { WithheldError, observedHttp, type Exchange } from './observed-http';
import type { SourceId } from '../../shared/contract/checkpoint';
import type { Connector } from '../../shared/contract/connector';
import type { Json, JsonObject } from '../../shared/contract/json';
import { type Secrets, secretsOf } from '../../shared/values/secrets/secrets';
import {
  type Drift,
  type Environment,
  type LogLines,
  type PagePreview,
  type RecordPreview,
  isUnhandledError,
  previewSource,
} from '../../shared/admin';

/** One request and its response, safe to show. */
export interface TriedExchange {
  readonly request: MaskedRequest;
  readonly status?: number;
  readonly rateHeaders?: Readonly<Record<string, string>>;
  readonly error?: string;
}

/** One record and its outcome. */
export interface TriedRecord {
  readonly record: Json;
  readonly became: string;
  readonly row?: Readonly<Record<string, Json>>;
  /** Values that did not fit their columns. */
  readonly additionalFields?: Json;
  readonly drift: readonly Drift[];
  readonly letter?: { readonly cause: string; readonly detail: string };
}

/** The result of trying one source. Holds no secret. */
export interface TryReport extends SourceId {
  /** The vendor's origin; `fixtures` for a source that is posted to. */
  readonly vendor: 'real' | 'simulated' | 'fixtures';
  readonly exchanges: readonly TriedExchange[];
  /** Records of the page; absent where no page came. */
  readonly records?: number;
  readonly shown: readonly TriedRecord[];
  /** Each value of the page that did not fit, once for each column. */
  readonly drift: readonly (Drift & { readonly records: number })[];
  readonly deadLetters: number;
  readonly checkpoint?: JsonObject;
  /** The next request; `null` at the end of the source. */
  readonly next: MaskedRequest | null;
  readonly error?: { readonly name: string; readonly message: string };
}

/** Options of a try. */
export interface TryOptions {
  readonly id: SourceId;
  readonly vendor: 'real' | 'simulated';
  readonly env: Environment;
  readonly secrets: readonly string[];
  /** How many records are shown. */
  readonly records: number;
  readonly lines: LogLines;
}

/** A source may yield pages without records while the vendor prepares an export. */
const MOST_EMPTY = 20;

/** Reads pages until one has records, and reports it. Sends and saves nothing. Never throws for a fault of the vendor or the source. */
export async function trySource(connector: Connector, options: TryOptions): Promise<TryReport> {
  const { env, id, lines, records: shown, vendor } = options;
  const secrets = secretsOf(options.secrets);
  const door = observedHttp();
  const pages = previewSource(connector, id, { env, lines, observe: door.observe, secrets });
  let page: PagePreview | undefined;
  let error: TryReport['error'];
  try {
    for (let asked = 0; asked < MOST_EMPTY && (page?.records.length ?? 0) === 0; asked++) {
      const next = await pages.next();
      if (next.done === true) break;
      page = next.value;
    }
    door.withhold();
    if (page !== undefined)
      await pages
        .next()
        .catch((caught: unknown) => rethrowUnlessWithheld(caught, door.withheld() !== undefined));
  } catch (caught) {
    const { message, name } = caught as Error;
    error = { name, message };
  }
  const next = door.withheld();
  const report: TryReport = {
    ...id,
    vendor,
    exchanges: door.exchanges.map((exchange) => exchangeReport(exchange, secrets)),
    ...(page === undefined ? {} : { records: page.records.length, checkpoint: page.checkpoint }),
    ...recordReport(page?.records ?? [], shown),
    next: next === undefined ? null : maskRequest(next, secrets),
    ...(error === undefined ? {} : { error }),
  };
  // A vendor may echo a secret.
  return maskStrings(report, secrets.mask);
}

/** Withholding the request after the page makes the source fail; that failure is ignored. */
function rethrowUnlessWithheld(error: unknown, isHeld: boolean): void {
  const isStray = isUnhandledError(error) && !(error.cause instanceof WithheldError);
  if (isStray || !isHeld) throw error;
}

/** A record's outcome in messages, and in the JSON of `tributary try`. */
export const OUTCOME_TEXT: Readonly<Record<RecordPreview['outcome'], string>> = {
  row: 'row',
  duplicate: 'duplicate',
  filtered: 'filtered',
  deadLettered: 'dead letter',
};

/** Counts the outcomes of the records and shows the first ones whole. */
export function recordReport(
  records: readonly RecordPreview[],
  shown: number,
): Pick<TryReport, 'deadLetters' | 'drift' | 'shown'> {
  return {
    shown: records.slice(0, shown).map(({ deadLetter, drift, outcome, record, row }) => {
      const left = row?.['AdditionalFields'];
      return {
        record,
        became: OUTCOME_TEXT[outcome],
        drift,
        ...(deadLetter === undefined ? {} : { letter: deadLetter }),
        ...(row === undefined ? {} : { row }),
        ...(left === undefined ? {} : { additionalFields: left }),
      };
    }),
    drift: countDrift(records),
    deadLetters: records.filter(({ outcome }) => outcome === 'deadLettered').length,
  };
}

function exchangeReport({ error, request, response }: Exchange, secrets: Secrets): TriedExchange {
  return {
    request: maskRequest(request, secrets),
    ...(response === undefined
      ? {}
      : { status: response.status, rateHeaders: rateHeaders(response.headers) }),
    ...(error === undefined ? {} : { error: error.message }),
  };
}

function countDrift(records: readonly RecordPreview[]): TryReport['drift'] {
  const found = new Map<string, Drift & { records: number }>();
  for (const drift of records.flatMap((record) => record.drift)) {
    const known = found.get(drift.column);
    if (known === undefined) found.set(drift.column, { ...drift, records: 1 });
    else known.records++;
  }
  return [...found.values()];
}
