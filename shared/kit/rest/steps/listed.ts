import type { Partitions, PullContext } from '../../../contract/connector';
import { ContractError } from '../../../contract/errors';
import type { NamesSettings, RestList, RestSpec } from '../../../contract/rest';
import { compileAnswerPath } from '../../../values/json-path';
import { inSession } from '../../auth/authorized';
import { checkListSpec } from '../checks/declaration';
import { named, wrong } from '../checks/declaration-error';
import { checkListShape } from '../checks/members';
import { compileReader } from '../page-reader';
import type { SettingIn } from '../placeholder-types';
import { readByToken } from '../read-by-token';
import { listSpec, requestTexts, valuesIn } from '../request-texts';
import { idText } from './id-text';

/** A list that is longer has no end. */
const MOST_IDS = 100_000;

/**
 * Makes the `partitions` of a source from a list that the vendor gives, such as its sites: each run reads the list from its first
 * page to its last. `{partition}` in the request of the source is then one of the ids.
 * @throws ContractError when the declaration cannot work, and when a record of the list has no id
 * @example `partitions: listed({ base: 'url', path: '/sites', records: 'sites', id: 'id', … })`
 */
export function listed<Name extends string, Text extends string>(
  declared: RestList<Name, Text>,
): Partitions & NamesSettings<NoInfer<SettingIn<Name, Text>>> {
  checkListShape(declared);
  const { id = '$' } = declared;
  const spec = listSpec(declared);
  if (spec.next.kind === 'time')
    throw wrong('next', 'a list has no time', 'Page by a link, a token or a number');
  checkListSpec(spec);
  if (valuesIn(requestTexts(spec)).has('partition'))
    throw wrong('path', '{partition} is what the list gives', 'Write it in the request of the source');
  const idAt = named('id', () => compileAnswerPath(id));
  const reader = compileReader(spec);
  const partitions = async (context: PullContext): Promise<readonly string[]> => {
    const { isNextKnown: _, window: __, ...whole } = context;
    const begin = { since: context.startFrom.toISOString(), until: undefined, rereads: false };
    const ids: string[] = [];
    const pages = readByToken(reader, { ...whole, checkpoint: null }, begin);
    for await (const { records } of inSession(context, spec.auth, pages)) {
      for (const record of records) {
        const text = idText(idAt(record));
        if (text === undefined) throw broken(spec, `a record has no id at ${id}`, 'id');
        ids.push(text);
      }
      if (ids.length > MOST_IDS) throw broken(spec, `the list has more than ${MOST_IDS} records`, 'stop');
    }
    return ids;
  };
  return Object.assign(partitions, { list: declared });
}

function broken({ path }: RestSpec, because: string, member: string): ContractError {
  return new ContractError(
    `listing the partitions at ${path}: ${because}. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
