import type { RestSpec } from '../../../contract/rest';
import { exportTexts, READ_VALUES, textsOf, valuesIn } from '../request-texts';
import { wrong } from './declaration-error';
import { checkPath } from './path';
import { checkNames } from './placeholders';

/** @throws ContractError when an export cannot be read as declared; the message names the member */
export function checkExport(spec: RestSpec): void {
  const { export: declared } = spec;
  if (declared === undefined) {
    if (spec.window?.order !== 'none' || spec.files !== undefined) return;
    throw wrong('window.order', 'only an export and files have no order', 'Name the order of the records');
  }
  if (spec.next.kind !== 'none') {
    throw wrong('next', 'an export has no pages but its chunks', 'Spread oneAnswer()');
  }
  for (const member of ['details', 'success'] as const) {
    if (spec[member] === undefined) continue;
    throw wrong(member, 'it belongs to the answer of a list, and an export has none', 'Leave it out');
  }
  if (spec.streamed === true) throw wrong('streamed', 'a chunk of an export is read whole', 'Leave it out');
  const both = declared.status.ready.find((one) =>
    declared.status.failed.some((each) => String(each) === String(one)),
  );
  if (both !== undefined) {
    throw wrong('export.status', `${String(both)} is ready and failed`, 'Give each status one meaning');
  }
  checkRequest(spec, 'status', ['job']);
  checkRequest(spec, 'chunk', ['job', 'chunk']);
}

/** Values that only the order has. */
const OF_ORDER = READ_VALUES.filter((name) => name !== 'partition');

/** @param needed the values that the request must name */
function checkRequest(spec: RestSpec, name: 'status' | 'chunk', needed: readonly string[]): void {
  const request = spec.export?.[name] ?? { path: '' };
  const member = `export.${name}`;
  checkPath(`${member}.path`, request.path);
  const texts = exportTexts(spec, request);
  checkNames(texts.query, `${member}.query`);
  const values = valuesIn(texts);
  const foreign = [...OF_ORDER, ...(name === 'status' ? ['chunk'] : [])].find((one) => values.has(one));
  if (foreign !== undefined) {
    throw wrong(member, `{${foreign}} is a value of another request`, 'Write it there only');
  }
  const lacking = needed.find((one) => !textsOf(texts).some(([, text]) => text.includes(`{${one}}`)));
  // A vendor without ids of chunks would give the first one again and again.
  if (lacking !== undefined) {
    throw wrong(member, `no text of it holds {${lacking}}`, `Write {${lacking}} where the vendor expects it`);
  }
}
