import * as z from 'zod/mini';
import { SettingError } from '../contract/errors';
import type { Environment } from '../settings/environment';

const ROUTE = z.looseObject({
  dcr: z.string(),
  /** `null` also selects the default name. */
  stream: z.exactOptional(z.nullable(z.string())),
  endpoint: z.exactOptional(z.string()),
});
const ROUTES = z.record(z.string(), ROUTE);

/** The destinations of tables that do not use the default rule. Unknown members are kept. */
export type DcrStreams = Readonly<z.output<typeof ROUTES>>;

/**
 * Reads `DCR_STREAMS`, JSON: table → `{dcr, stream?, endpoint?}`. Empty when it is not set.
 * @throws SettingError for any other value
 */
export function readDcrStreams({ DCR_STREAMS: text = '' }: Environment): DcrStreams {
  if (text.trim() === '') return {};
  const read = ROUTES.safeParse(parse(text));
  if (read.success) return read.data;
  const [table, member] = read.error.issues[0]?.path ?? [];
  if (table === undefined || member === undefined)
    throw new SettingError(
      'reading DCR_STREAMS: it is not a JSON object of objects. Write {"Table_CL":{"dcr":"dcr-…"}}.',
    );
  throw new SettingError(
    `reading DCR_STREAMS: ${String(member)} of ${String(table)} is ${member === 'dcr' ? 'missing or ' : ''}not text. Write {"${String(table)}":{"dcr":"dcr-…","stream":"Custom-…"}}.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SettingError('reading DCR_STREAMS: it is not JSON. Write {"Table_CL":{"dcr":"dcr-…"}}.', {
      cause,
    });
  }
}
