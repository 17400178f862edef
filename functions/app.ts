import { join } from 'node:path';
import { folders } from '../connectors/list';
import { createApp } from '../shared/app';

/** The app behind every function: made once, while the entry file loads. It reports broken folders and unknown variables, and goes on without them. */
export const tributary = createApp({
  env: process.env,
  folders: folders(),
  hostJsonFile: join(__dirname, '..', 'host.json'),
});

// Azure's worker would end, and with it every run, for one promise of one connector that nobody waits for.
tributary.catchUnhandledErrors(console);

for (const { folder, problem } of tributary.broken) {
  console.error(JSON.stringify({ msg: 'connector left out', folder, problem }));
}
for (const problem of tributary.problems) {
  console.error(JSON.stringify({ msg: 'a setting of the app is wrong', problem }));
}
if (tributary.unknown.length > 0) {
  console.warn(JSON.stringify({ msg: 'variables that no connector knows', names: tributary.unknown }));
}
// It looks into storage, and never throws.
void tributary.warnOfOtherApps(console);
