import { createHash } from 'node:crypto';
import type { Json } from '../../contract/json';
import { canonicalJson } from './json';

/** A short hash, by which a position recognizes the record that it stands behind. */
export function recordMark(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}
