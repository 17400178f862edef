import type { Clock } from '../../contract/run';
import type { AppIdentity, SeenApp, SeenApps } from '../../contract/seen-apps';
import { isPathSegment } from '../../values/names';
import { isTime, memberProblem, type StoredMembers } from '../../values/stored-checks';
import { pathOf } from '../blob-paths';
import { findOrReset } from '../damaged-blobs';
import { putStored, storageError, storageStatus, type Storage } from '../storage';
import type { StoredForm } from '../stored-form';
import type { Environment } from '../../settings/environment';

const ROOT = 'apps';
const MEMBERS: StoredMembers<SeenApp> = {
  site: isPathSegment,
  slot: isPathSegment,
  since: isTime,
  at: isTime,
};
/** The form of a stored app. */
const FORM: StoredForm<SeenApp & { readonly version: 1 }> = {
  what: 'the entry of an app that uses this storage',
  problemOf: (value) => memberProblem<SeenApp>(value, MEMBERS, 1),
  mend: 'Nothing needs to be done: the app replaces it within a quarter of an hour.',
};

/**
 * The app and the slot that a process belongs to, from the same variables as the function host's id. `undefined` outside the
 * platform, where nothing identifies an app across instances and restarts.
 * @see https://learn.microsoft.com/azure/app-service/reference-app-settings#app-environment
 */
export function appIdentity(env: Environment): AppIdentity | undefined {
  const { CONTAINER_APP_NAME, WEBSITE_SITE_NAME, WEBSITE_SLOT_NAME } = env;
  const site = nameIn(WEBSITE_SITE_NAME) || nameIn(CONTAINER_APP_NAME);
  return site === '' ? undefined : { site, slot: nameIn(WEBSITE_SLOT_NAME) || 'production' };
}

/** The apps that use a storage, as blobs: `apps/<site>/<slot>.json`. */
export function createSeenApps({ blobs }: Pick<Storage, 'blobs'>, clock: Clock): SeenApps {
  return {
    async list(damaged) {
      const names: string[] = [];
      try {
        for await (const { name } of blobs.listBlobsFlat({ prefix: `${ROOT}/` })) names.push(name);
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('looking for other apps on this storage', error);
      }
      const read = async (name: string): Promise<SeenApp | undefined> =>
        (await findOrReset(blobs.getBlockBlobClient(name), FORM, { blobs, clock, damaged }))?.value;
      return (await Promise.all(names.map(read))).filter((app) => app !== undefined);
    },
    async put(app) {
      const blob = blobs.getBlockBlobClient(pathOf(ROOT, app.site, `${app.slot}.json`));
      try {
        await putStored(blobs, blob, FORM, { version: 1, ...app });
      } catch (error) {
        throw storageError('recording that this app uses this storage', error);
      }
    },
  };
}

function nameIn(text = ''): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^a-z\d-]/g, '-');
}
