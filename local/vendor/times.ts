import type { Json } from '../../shared/contract/json';
import type { RestTime, RestTimeFormat } from '../../shared/contract/rest';

const SHAPES: Readonly<Record<RestTimeFormat, readonly [RegExp, string]>> = {
  iso: [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, 'of ISO 8601 in UTC'],
  'iso-s': [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'of ISO 8601 in UTC, in whole seconds'],
  // Fewer or more digits are the other unit.
  'epoch-s': [/^(?:0|\d{9,10})$/, 'in epoch seconds'],
  'epoch-ms': [/^(?:0|\d{12,13})$/, 'in epoch milliseconds'],
};

/** Reads the time that a parameter holds, in milliseconds since 1970; or what is wrong with it. */
export function readTime(value: Json | undefined, parameter: RestTime): number | string {
  const { name, format = 'iso', template = '{time}' } = parameter;
  const [before = '', after = ''] = template.split('{time}');
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !text.startsWith(before) || !text.endsWith(after)) {
    return `${name} does not read ${template}`;
  }
  const [shape, words] = SHAPES[format];
  const time = text.slice(before.length, text.length - after.length);
  const factor = format === 'epoch-s' ? 1_000 : 1;
  const ms = format.startsWith('epoch') ? Number(time) * factor : Date.parse(time);
  return shape.test(time) && !Number.isNaN(ms) ? ms : `${name} is no time ${words}`;
}
