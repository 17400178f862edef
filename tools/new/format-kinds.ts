import type { AnswerFormat } from '../../shared/contract/format';
import type { NewCommand } from './options';
import { kindOf } from './rest-kinds';

export type FormatKind = 'json' | Extract<AnswerFormat, string>;

/** The formats of an answer. */
export const FORMAT_KINDS = {
  json: 'one JSON value',
  ndjson: 'a JSON object on each line',
  csv: 'a table, with a header row',
} as const satisfies Readonly<Record<FormatKind, string>>;

/** The answer's format: as the author says, else by the sample's file name. */
export function formatKind({ format, sample = '' }: NewCommand): FormatKind {
  if (format !== undefined) return kindOf('format', format, FORMAT_KINDS);
  const [, end = ''] = /\.(ndjson|jsonl|csv)$/i.exec(sample) ?? [];
  return end === '' ? 'json' : end.toLowerCase() === 'csv' ? 'csv' : 'ndjson';
}

/** The format in the declaration; `undefined` for JSON, the default. */
export function answerFormat(kind: FormatKind): AnswerFormat | undefined {
  return kind === 'json' ? undefined : kind;
}
