import { maskRequest, maskStrings, rateHeaders, type MaskedRequest } from './masked-request';
import { HeldError, observedHttp, type Exchange } from './observed-http';
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
  isStrayError,
  previewSource,
} from '../../shared/admin';

/** One request and its answer, as they may be shown. */
export interface TriedExchange {
  readonly request: MaskedRequest;
  readonly status?: number;
  readonly rateHeaders?: Readonly<Record<string, string>>;
  readonly error?: string;
}

/** One record, and what it becomes. */
export interface TriedRecord {
  readonly record: Json;
  readonly became: string;
  readonly row?: Readonly<Record<string, Json>>;
  /** What no column took. */
  readonly additionalFields?: Json;
  readonly drift: readonly Drift[];
  readonly letter?: { readonly cause: string; readonly detail: string };
}

/** What one try of one source found. Holds no secret. */
export interface TryReport extends SourceId {
  /** Who was asked; `fixtures` where nobody is, because its vendor posts. */
  readonly vendor: 'real' | 'simulated' | 'fixtures';
  readonly exchanges: readonly TriedExchange[];
  /** Records of the page; absent where no page came. */
  readonly records?: number;
  readonly shown: readonly TriedRecord[];
  /** Each value of the page that did not fit, once for each column. */
  readonly drift: readonly (Drift & { readonly records: number })[];
  readonly deadLetters: number;
  readonly checkpoint?: JsonObject;
  /** What would be asked next; `null` where the source is at its end. */
  readonly next: MaskedRequest | null;
  readonly error?: { readonly name: string; readonly message: string };
}

/** What a try needs. */
export interface TryOptions {
  readonly id: SourceId;
  readonly vendor: 'real' | 'simulated';
  readonly env: Environment;
  readonly secrets: readonly string[];
  /** How many records are shown. */
  readonly records: number;
  readonly lines: LogLines;
}

/** A source may yield pages without records before its first one: those of an export that is made meanwhile. */
const MOST_EMPTY = 20;

/** Asks until a page has records, and shows it; sends nothing on and moves nothing. Never throws for what the vendor or the source does. */
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
    door.hold();
    if (page !== undefined)
      await pages.next().catch((caught: unknown) => throwIfIts(caught, door.held() !== undefined));
  } catch (caught) {
    const { message, name } = caught as Error;
    error = { name, message };
  }
  const next = door.held();
  const report: TryReport = {
    ...id,
    vendor,
    exchanges: door.exchanges.map((exchange) => tried(exchange, secrets)),
    ...(page === undefined ? {} : { records: page.records.length, checkpoint: page.checkpoint }),
    ...recordReport(page?.records ?? [], shown),
    next: next === undefined ? null : maskRequest(next, secrets),
    ...(error === undefined ? {} : { error }),
  };
  // A vendor may echo what it was sent.
  return maskStrings(report as unknown as Json, secrets.mask) as unknown as TryReport;
}

/** What comes after the page. A request that is kept fails whoever waits for it, and that is not the source's doing. */
function throwIfIts(error: unknown, isHeld: boolean): void {
  const isStray = isStrayError(error) && !(error.cause instanceof HeldError);
  if (isStray || !isHeld) throw error;
}

/** What became of some records, the first of them whole. */
export function recordReport(
  records: readonly RecordPreview[],
  shown: number,
): Pick<TryReport, 'deadLetters' | 'drift' | 'shown'> {
  return {
    shown: records.slice(0, shown).map(({ record, row, ...rest }) => {
      const left = row?.['AdditionalFields'];
      return {
        record,
        ...rest,
        ...(row === undefined ? {} : { row }),
        ...(left === undefined ? {} : { additionalFields: left }),
      };
    }),
    drift: countDrift(records),
    deadLetters: records.filter(({ became }) => became === 'dead letter').length,
  };
}

function tried({ error, request, response }: Exchange, secrets: Secrets): TriedExchange {
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
