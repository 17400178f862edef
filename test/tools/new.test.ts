import { foldersIn } from '../../connectors/list';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, writeNew } from '../../tools/new/files';
import { AUTH_KINDS, PAGING_KINDS, STOPS_OF } from '../../tools/new/kinds';
import { planConnector } from '../../tools/new/plan';
import type { NewCommand } from '../../tools/new/wishes';
import { describeConnectors } from '../contract/connector.contract';

/*
 * What `tributary new` writes passes the contract suite as it is: each way to show who asks with each way of paging,
 * and each end of a read with each way of paging.
 */

const ROOT = join(__dirname, '..', '..');
/** Inside the tree, so that `../../shared` is found. */
const FOLDER = join(ROOT, `.connectors-new-${process.pid}`);

const pagings = Object.keys(PAGING_KINDS) as (keyof typeof PAGING_KINDS)[];
const byAuth = Object.keys(AUTH_KINDS).flatMap((auth) => pagings.map((paging) => ({ auth, paging })));
const byStop = pagings.flatMap((paging) => STOPS_OF[paging].map((stop) => ({ paging, stop })));
const others: readonly NewCommand[] = [
  { paging: 'cursor', stop: 'unless', resume: 'cursor' },
  { paging: 'cursor', stop: 'short-page', resume: 'cursor' },
  { paging: 'cursor', auth: 'signature', method: 'POST' },
  {
    paging: 'link',
    auth: 'header',
    header: 'Authorization',
    prefix: 'Token ',
    path: '/orgs/{org}/log',
    limit: 50,
  },
];

mkdirSync(FOLDER);
for (const flags of [...byAuth, ...byStop, ...others] as readonly NewCommand[]) {
  const words = [
    flags.paging,
    flags.auth,
    flags.stop,
    flags.resume && `by-${flags.resume}`,
    flags.method,
    flags.limit && 'with-prefix',
  ];
  const name = words
    .filter((word) => word !== undefined)
    .join('-')
    .toLowerCase();
  const folder = join(FOLDER, name);
  writeNew(folder, filesOf(planConnector(name, flags), ROOT, folder));
}

afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
});

describeConnectors(foldersIn(FOLDER));
