/** An address to which paths are added: without the slashes at its end. */
export function withoutEndSlashes(address: string): string {
  // Looking behind first, a run of slashes in the middle is passed once and not from each of its slashes.
  return address.replace(/(?<!\/)\/+$/, '');
}
