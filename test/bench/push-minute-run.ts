import { pushFor, type MinuteTask } from './push-minute';

/* A minute of pushes in a process of its own. */

process.once('message', (task: MinuteTask) => {
  void pushFor(task, () => globalThis.gc?.()).then((minute) => process.send?.(minute, () => process.exit(0)));
});
