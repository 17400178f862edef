import { formatId, type SourceId } from '../../contract/checkpoint';
import type { Pause, Pauses } from '../../contract/operator';
import { isText, isTime, maybe, memberProblem, objectOf } from '../../values/stored-checks';
import { sourcePath } from '../blob-paths';
import { findBlob, putStored, storageError, type Storage } from '../storage';
import type { StoredForm } from '../stored-form';

/** True for a stored pause. */
export const isPause = objectOf<Pause>({ by: isText, since: isTime, reason: maybe(isText) });

/** Pauses as blobs: `operators/<connector>/<instance>/<source>.json`. A source that is not paused has none. */
export function createPauses({ blobs }: Pick<Storage, 'blobs'>): Pauses {
  const blobOf = (id: SourceId) => blobs.getBlockBlobClient(`${sourcePath('operators', id)}.json`);
  return {
    async read(id) {
      return (await findBlob(blobOf(id), pauseForm(id)))?.value.paused;
    },
    async put(id, paused) {
      try {
        await putStored(blobs, blobOf(id), pauseForm(id), { version: 1, paused });
      } catch (error) {
        throw storageError(`pausing ${formatId(id)}`, error);
      }
    },
    async remove(id) {
      try {
        await blobOf(id).deleteIfExists();
      } catch (error) {
        throw storageError(`resuming ${formatId(id)}`, error);
      }
    },
  };
}

function pauseForm(id: SourceId): StoredForm<{ readonly version: 1; readonly paused?: Pause }> {
  const name = formatId(id);
  return {
    what: `the pause of ${name}`,
    problemOf: (value) => memberProblem(value, { paused: maybe(isPause) }, 1),
    mend: `Whether the source is paused is unknown, so it does not run. Pause or resume it again with "npx tributary pause ${name}" or "npx tributary resume ${name}".`,
  };
}
