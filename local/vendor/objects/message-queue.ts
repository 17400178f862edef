import { randomUUID } from 'node:crypto';

/** A message as a reader gets it. */
export interface SentMessage {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
}

/** A standard queue: a message stays until it is deleted, and is hidden for some time whenever it is received. */
export interface MessageQueue {
  send(body: string): void;
  receive(most: number, hiddenMs: number): readonly SentMessage[];
  /** @returns false for a receipt of no message in the queue */
  remove(receipt: string): boolean;
  /** @returns false for a receipt of no message in the queue */
  hide(receipt: string, ms: number): boolean;
}

/** @param now the clock that decides when a message is back */
export function messageQueue(now: () => Date): MessageQueue {
  const messages = new Map<string, { readonly body: string; hiddenUntilMs: number; received: number }>();
  const idOf = (receipt: string): string => receipt.split('/')[0] ?? '';
  return {
    send: (body) => void messages.set(randomUUID(), { body, hiddenUntilMs: 0, received: 0 }),
    receive(most, hiddenMs) {
      const nowMs = now().getTime();
      const visible = [...messages].filter(([, { hiddenUntilMs }]) => hiddenUntilMs <= nowMs).slice(0, most);
      return visible.map(([id, message]) => {
        message.hiddenUntilMs = nowMs + hiddenMs;
        message.received++;
        return { id, body: message.body, receipt: `${id}/${message.received}` };
      });
    },
    remove: (receipt) => messages.delete(idOf(receipt)),
    hide(receipt, ms) {
      const message = messages.get(idOf(receipt));
      if (message !== undefined) message.hiddenUntilMs = now().getTime() + ms;
      return message !== undefined;
    },
  };
}
