import type { RestSpec } from '../../../contract/rest';
import type { RestFiles } from '../../../contract/rest-steps';
import { listPath } from '../../../values/json-path';
import { fileTexts, READ_VALUES, textsOf, valuesIn } from '../request-texts';
import { wrong } from './declaration-error';
import { csvFault } from './format';
import { checkPath } from './path';
import { checkNames } from './placeholders';

/** Members of the declaration that belong to another kind of source. */
const FOREIGN = {
  details: 'the records are in the files',
  explode: 'each record of the list is a file',
  export: 'a list of files is no export',
  format: 'a list of files is JSON: the format of the files is one of `files`',
  streamed: 'a list is read whole, and files are read as they arrive',
} as const;
/** Values that only the list has. */
const OF_LIST = READ_VALUES.filter((name) => name !== 'partition');

/** @throws ContractError when the files of a list cannot be read as declared; the message names the member */
export function checkFiles(spec: RestSpec): void {
  const { files } = spec;
  if (files === undefined) return;
  for (const [member, because] of Object.entries(FOREIGN))
    if (spec[member as keyof typeof FOREIGN] !== undefined) throw wrong(member, because, 'Leave it out');
  if (spec.resume !== 'time')
    throw wrong('resume', 'files are read by windows of the list’s time', 'Resume by time');
  if (spec.next.kind === 'time')
    throw wrong('next', 'a list of files is read to its end', 'Page by a link, a token or a number');
  checkFormat(files);
  checkRequest(spec, files);
}

function checkFormat({ format, records = '$' }: RestFiles): void {
  const fault = typeof format === 'object' ? csvFault(format.csv) : undefined;
  if (fault !== undefined) throw wrong(`files.${fault[0]}`, fault[1], fault[2]);
  if (format !== undefined && listPath(records) !== '$')
    throw wrong('files.records', 'a file of lines is the array of its records', 'Leave it out');
}

function checkRequest(spec: RestSpec, files: RestFiles): void {
  const { address, path } = files;
  if ((address === undefined) === (path === undefined))
    throw wrong('files', 'a file is requested by its address or by a path', 'Give one of address and path');
  const texts = fileTexts(spec, files);
  if (path !== undefined) checkPath('files.path', path);
  checkNames(texts.query, 'files.query');
  const values = valuesIn(texts);
  const foreign = OF_LIST.find((name) => values.has(name));
  if (foreign !== undefined)
    throw wrong('files', `{${foreign}} is a value of the list`, 'Write it in the texts of the list only');
  const isNamed = textsOf(texts).some(([, text]) => text.includes('{id}'));
  if (path !== undefined && !isNamed)
    throw wrong('files', 'no text of it holds {id}', 'Write {id} where the vendor expects it');
}
