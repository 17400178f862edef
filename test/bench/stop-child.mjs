import { once } from 'node:events';

/** Ends a forked program by disconnecting it. Storage writes until it has ended: remove its folder after this. */
export async function stopChild(child) {
  if (!child.connected) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
