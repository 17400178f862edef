import type { RawRecord } from '../contract/connector';
import type { Json } from '../contract/json';
import { compileFormat, type FormattedSource } from './format';
import { walkBoundary } from '../windows/watermark';
import { withoutPauses } from '../values/in-pieces';
import { parseJson, stringifyJson } from '../values/json/json';

/**
 * The rows that records of a source become in a first run of its default instance, as the workspace would get them:
 * by the code that formats every delivery, without a limit of size. Records that become no row are left out.
 */
export function formatRows(source: FormattedSource, records: readonly RawRecord[], startedAt: Date): Json[] {
  const sink = {
    limits: { maxBatchBytes: Number.MAX_SAFE_INTEGER, maxFieldBytes: Number.MAX_SAFE_INTEGER },
    encode: (_: unknown, row: Readonly<Record<string, Json | undefined>>) => stringifyJson(row),
  };
  const format = compileFormat(source, { instance: 'default', startedAt, sink }, walkBoundary(undefined));
  return [...withoutPauses(format(records).encoded)].map(({ text }) => parseJson(text));
}
