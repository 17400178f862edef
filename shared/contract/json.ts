/**
 * A JSON value in memory. An integer beyond 2^53, which a double cannot hold, is a `bigint` and is written back with all
 * its digits. Any other number that a double does not hold exactly is the text of its digits: an integer of more than 64
 * digits, too many digits, an exponent out of range, `-0`.
 */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. Untrusted objects have no prototype, so that every key is only data. */
export interface JsonObject {
  /** Its members by name. */
  readonly [key: string]: Json;
}
