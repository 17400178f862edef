import type { Page, Pull, PullContext } from '../../contract/connector';
import type { ObjectsSpec } from '../../contract/objects';
import type { NamesSettings } from '../../contract/rest';
import { checkObjects } from './check-objects';
import { readQueue } from './read-queue';
import { openS3 } from './s3-sqs';

/**
 * Makes a pull from a declaration of files in an object store. The pull has the declaration as its `objects`.
 *
 * A message is deleted only once every record of every file that it names is delivered, or is a dead letter. A file is read from
 * where the last run left it, and in bounded memory. A file that is gone, damaged or in another format is a dead letter that
 * names it, and so is a message that the store did not send: neither holds up the others. The run ends when the queue is empty.
 *
 * START does not matter: a source reads what its queue holds. It has no windows and no backfills; to read older files, send
 * messages about them.
 *
 * The type has the setting names of the declaration, so that `defineConnector` reports a name that is not declared.
 * @throws ContractError when the declaration cannot work; the message names the member
 */
export function objects<Name extends string>(
  declared: ObjectsSpec<Name>,
): Pull & NamesSettings<NoInfer<string extends Name ? never : Name>> {
  checkObjects(declared);
  const pull = async function* (context: PullContext): AsyncGenerator<Page, void, undefined> {
    yield* readQueue(declared, context, await openS3(declared, context));
  };
  return Object.assign(pull, { objects: declared });
}
