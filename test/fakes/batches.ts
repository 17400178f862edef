import type { Batch } from '../../shared/contract/sink';
import type { Encoded } from '../../shared/rows/batch';
import { withoutPauses } from '../../shared/values/cooperative';
import type { FormattedPage, FormattedRow, PageFormatting } from '../../shared/rows/format-page';

/** A batch of rows that are given as JSON texts. */
export function batchOf(...rows: readonly string[]): Batch {
  return { count: rows.length, body: Buffer.from(`[${rows.join(',')}]`) };
}

/** The text of each row in a batch. */
export function textsOf({ body }: Batch): string[] {
  return (JSON.parse(body.toString()) as unknown[]).map((row) => JSON.stringify(row));
}

/** JSON texts as encoded rows. */
export function encodedRows(texts: readonly string[]): Encoded<string>[] {
  return texts.map((text) => ({ text, row: text }));
}

/** A completely formatted page: each row with its text. */
export interface DedupPage extends Omit<FormattedPage, 'rows'> {
  readonly rows: readonly (FormattedRow & { readonly text: string })[];
}

/** Iterates a page's rows, as sending does. */
export function walked(page: PageFormatting): DedupPage {
  const rows = [...withoutPauses(page.encoded)].map(({ text, row }) => ({ ...row, text }));
  return { ...page.result(), rows };
}
