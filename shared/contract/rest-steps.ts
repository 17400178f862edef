import type { AnswerFormat } from './format';
import type { JsonObject } from './json';

/**
 * The second request of a vendor whose list has only ids: it fetches their records, which take the place of the ids. It has
 * the base address, the headers and the authentication of the list. Settings are placeholders as in the list; so is `{ids}`:
 * in a body, as a whole text, the array of the ids; elsewhere the ids joined by commas. `{id}` is the one id of a request,
 * with a `batch` of 1.
 */
export interface RestDetails<Text extends string = string> {
  /** The path of the id in an item of the list. @default '$', the item itself */
  readonly id?: string;
  /** The path of the same id in a record. An id without its record is requested once more, then it takes the record's place. */
  readonly recordId: string;
  /** How many ids one request has, 1 to 10,000. */
  readonly batch: number;
  /** As `path` of the list. @example '/alerts/entities/alerts/v2' */
  readonly path: Text;
  /** A POST must only read. @default 'GET' */
  readonly method?: 'GET' | 'POST';
  /** Beside the headers of the list. */
  readonly headers?: Readonly<Record<string, Text>>;
  /** As `query` of the list. @example { ids: '{ids}' } */
  readonly query?: Readonly<Record<string, Text | number | boolean>>;
  /** The body of a POST, as `body` of the list. @example { composite_ids: '{ids}' } */
  readonly body?: JsonObject;
  /** The path of the array of the records in the answer. */
  readonly records: string;
}

/**
 * An export that the vendor prepares: the request of the declaration orders it, then its status is asked for until it is
 * ready, then each of its chunks is downloaded, which hold the records in no order. All requests have the base address, the
 * headers and the authentication of the order. Settings are placeholders in them, and so is `{job}`, the id of the export.
 *
 * The range of an export is delivered once all its chunks are. The checkpoint holds the id and how many chunks were delivered, so
 * that the next run goes on with the same export. If the vendor gave the export up or no longer has it, another one is ordered and
 * the log reports it; what was delivered is not sent again. A run waits for a minute; then it ends, and the next one asks again.
 */
export interface RestExport<Text extends string = string> {
  /** The path of the id in the answer to the order. */
  readonly job: string;
  /**
   * Set for a vendor that refuses a second order of the same export: the status of its refusal, and the path of the id of the
   * export that it has already. @example { status: 409, job: 'active_job_id' }
   */
  readonly running?: { readonly status: number; readonly job: string };
  /** The request for the status. */
  readonly status: RestExportStatus<Text>;
  /** The request for a chunk. `{chunk}` is its id. */
  readonly chunk: RestExportRequest<Text>;
  /** How long the vendor keeps an export, in milliseconds. A later export is ordered anew. @default a day */
  readonly keptMs?: number;
}

/** A GET for something of an export. */
export interface RestExportRequest<Text extends string = string> {
  /** As `path` of the order. @example '/vulns/export/{job}/chunks/{chunk}' */
  readonly path: Text;
  /** As `query` of the order. */
  readonly query?: Readonly<Record<string, Text | number | boolean>>;
}

/** The request for the status of an export, and how to read its answer. */
export interface RestExportStatus<Text extends string = string> extends RestExportRequest<Text> {
  /** The path of the status in the answer. @example 'status' */
  readonly from: string;
  /** The statuses of an export whose list of chunks is whole. */
  readonly ready: readonly (string | number | boolean)[];
  /** The statuses of an export that the vendor gave up. With any other status it is being prepared. */
  readonly failed: readonly (string | number | boolean)[];
  /** The path of the list of the chunks' ids in the answer. */
  readonly chunks: string;
  /** Paths of lists of chunks that the vendor could not make. An export that has one was given up. @default none */
  readonly missing?: readonly string[];
  /** How often to ask, in milliseconds: 1,000 to 60,000. @default 5,000 */
  readonly everyMs?: number;
}

/**
 * Files that a list names: each record of the list is a file, and the records of the source are in the files. A window is a range
 * of the time by which the list is asked. It is delivered once every row of its files is. A file is read as it arrives, one after
 * the other, the oldest first; the next run continues within it. It asks for the list again, so that an address which is signed
 * for minutes is fresh.
 *
 * A file that is issued again, under another id or at a later time, is read again, and the rows that were delivered are recognised
 * by `eventId` and time; `window.olderMs` says for how long. Without an `eventId` they are recognised by their content: equal rows
 * of two files are then one row, and a run that continues within a file that is read again sends the rest of it a second time. A
 * backfill is of a range of event time: it reads the files of that range and of `window.olderMs` behind it, and takes the rows of
 * the range from them.
 *
 * A file at the origin of `base` is requested as the list is, with its headers and its authentication. A file elsewhere gets neither,
 * and its origin must be one of the connector's `origins`. An address that no longer works is looked up again by the next run. A file
 * that answers 404 or 410 an hour after its time becomes a dead letter, unless it is one of the first three of a run and none of them
 * is there.
 */
export interface RestFiles<Text extends string = string> {
  /** The path of the file's id in a record of the list. */
  readonly id: string;
  /** The path of the time by which the list is asked, in a record of the list. */
  readonly time: string;
  /** The path of the file's address in a record of the list: absolute, or relative to that of the list. */
  readonly address?: string;
  /** In place of `address`: the path of the file, where `{id}` is its id. @example '/sobjects/EventLogFile/{id}/LogFile' */
  readonly path?: Text;
  /** Sent with the request of a file at the origin of `base`, as `query` of the list. */
  readonly query?: Readonly<Record<string, Text | number | boolean>>;
  /** The format of a file. A JSON file is held whole; any other is read as it arrives, and may be of any size. @default JSON */
  readonly format?: AnswerFormat;
  /** The path of the array of the records in a JSON file. @default '$' */
  readonly records?: string;
}
