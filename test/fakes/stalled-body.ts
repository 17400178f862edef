import type { PushBody } from '../../shared/contract/push';

/** A body that stops after the given bytes; `sent` resolves when they were read. */
export function stalledBody(bytes: number): { readonly body: PushBody; readonly sent: Promise<void> } {
  let isRead: () => void = () => undefined;
  const sent = new Promise<void>((resolve) => (isRead = resolve));
  const body = async function* () {
    if (bytes > 0) yield new Uint8Array(bytes);
    isRead();
    await new Promise(() => undefined);
  };
  return { body: body(), sent };
}
