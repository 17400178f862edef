import type { Json } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import type { RestDetails } from '../../../contract/rest-steps';
import { detailsTexts, textsOf, valuesIn } from '../request-texts';
import { wrong } from './declaration-error';
import { checkOwnHeaders } from './headers';
import { checkPath } from './path';
import { checkNames } from './placeholders';

const MAX_BATCH = 10_000;
/** Values that only the list has. */
const OF_LIST = ['since', 'until', 'cursor'];

/** @throws ContractError when the details of a list cannot be requested as declared; the message names the member */
export function checkDetails(spec: RestSpec): void {
  const { details } = spec;
  if (details === undefined) return;
  checkPath('details.path', details.path);
  checkBatch(details);
  if (details.body !== undefined && details.method !== 'POST')
    throw wrong('details.body', 'a GET has no body', 'Declare details.method POST or send it in the query');
  const texts = detailsTexts(spec, details);
  const { body, headers, query } = texts;
  for (const [place, json] of Object.entries<Json>({ query, headers, body }))
    checkNames(json, `details.${place}`);
  checkOwnHeaders(spec.auth, headers, 'details.headers');
  const values = valuesIn(texts);
  const foreign = OF_LIST.find((name) => values.has(name));
  if (foreign !== undefined)
    throw wrong('details', `{${foreign}} is a value of the list`, 'Write it in the texts of the list only');
  const name = details.batch === 1 && values.has('id') ? 'id' : 'ids';
  const said = textsOf(texts).filter(([, text]) => text.includes(`{${name}}`)).length;
  if (said !== 1)
    throw wrong(
      'details',
      `${said} of its texts hold {${name}}`,
      `Write {${name}} where the vendor expects the ids, once`,
    );
}

function checkBatch({ batch }: RestDetails): void {
  if (Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH) return;
  throw wrong(
    'details.batch',
    `${batch} is not a number of ids`,
    `Give a whole number from 1 to ${MAX_BATCH}`,
  );
}
