import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { judgeFlatness } from '../bench/flatness';
import { pushFor } from '../bench/push-minute';
import { startRowCounter } from '../bench/row-counter';
import { LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { realStorage } from './harness';
import { join } from 'node:path';

/* The short form of the bench's minute of pushes: nothing is lost, and memory stays flat. */

const { dcrImmutableId, workspaceId, workspaceKey } = LOCAL_WORKSPACE;
const SECONDS = 4;
/** How much the memory of 32 posts in progress and one delivery may vary. */
const ALLOWED = { heapBytes: 96e6, handles: 64, blobs: 0 };

test('at full speed everything that was answered with 200 reaches the workspace, and memory stays flat', async () => {
  const storage = realStorage();
  const workspace = await startRowCounter();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  try {
    const { ledger, posts, records, samples } = await pushFor(
      {
        storage: storage.connectionString,
        collector: workspace.url,
        dcrImmutableId,
        seconds: SECONDS,
        atOnce: 32,
        workspaceId,
        key: workspaceKey,
        hostJsonFile: join(__dirname, '..', '..', 'host.json'),
      },
      collect,
    );
    expect(posts).toBeGreaterThan(10);
    expect(ledger).toEqual({ stored: records, delivered: records, pending: 0 });
    expect(workspace.rows()).toBe(records);
    expect(judgeFlatness(samples, ALLOWED).problems).toEqual([]);
  } finally {
    await workspace.close();
  }
});
