import type { RestTimeFormat } from '../../../shared/contract/rest';
import type { Said } from '../requests/expected';

const SHAPES: Readonly<Record<RestTimeFormat, readonly [RegExp, string]>> = {
  iso: [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, 'of ISO 8601 in UTC'],
  'iso-s': [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'of ISO 8601 in UTC, in whole seconds'],
  // Fewer or more digits are the other unit.
  'epoch-s': [/^(?:0|\d{9,10})$/, 'in epoch seconds'],
  'epoch-ms': [/^(?:0|\d{12,13})$/, 'in epoch milliseconds'],
};

/** Reads a time that a request says, in milliseconds since 1970; or what is wrong with it. */
export function readTime({ member, text }: Said, format: RestTimeFormat = 'iso'): number | string {
  const [shape, words] = SHAPES[format];
  const factor = format === 'epoch-s' ? 1_000 : 1;
  const ms = format.startsWith('epoch') ? Number(text) * factor : Date.parse(text);
  return shape.test(text) && !Number.isNaN(ms) ? ms : `${member} is no time ${words}`;
}
