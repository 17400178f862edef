/**
 * A JSON value as the framework holds it. A `bigint` is an integer that a double cannot hold
 * (beyond 2^53): it is written back with all its digits. Any other number that a double does not hold exactly (an integer
 * of more than 64 digits, more digits than a double has, an exponent out of its range, `-0`) is the text of its digits.
 */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. Untrusted ones have no prototype: their keys are only data. */
export interface JsonObject {
  /** Its members by name. */
  readonly [key: string]: Json;
}
