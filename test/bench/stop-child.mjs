import { once } from 'node:events';

/** Ends a forked program that ends when its parent disconnects. Storage writes until then: remove its folder after this. */
export async function stopChild(child) {
  if (!child.connected) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
