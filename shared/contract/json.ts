/**
 * A JSON value as the framework holds it. A `bigint` is an integer that a double cannot hold
 * (beyond 2^53): it is written back with all its digits.
 */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. Untrusted ones have no prototype: their keys are only data. */
export interface JsonObject {
  /** Its members by name. */
  readonly [key: string]: Json;
}
