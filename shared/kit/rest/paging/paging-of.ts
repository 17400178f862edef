import type { RestSpec } from '../../../contract/rest';
import { cursorPaging } from './cursor';
import { exportPaging } from './exported';
import { filesPaging } from './filed';
import { linkPaging } from './link';
import { numberedPaging } from './numbered';
import { NO_TOKEN, type Paging } from './paging';

/** The paging of a declaration. A kind of `next` is one file of this folder. */
export function pagingOf(spec: RestSpec): Paging {
  const { next } = spec;
  if (spec.export !== undefined) return exportPaging;
  if (spec.files !== undefined) return filesPaging;
  if (next.kind === 'link') return linkPaging(spec, next);
  if (next.kind === 'cursor') return cursorPaging(spec, next);
  return next.kind === 'time' || next.kind === 'none' ? NO_TOKEN : numberedPaging(spec, next);
}
