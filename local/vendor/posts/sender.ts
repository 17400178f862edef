import { setTimeout as wait } from 'node:timers/promises';
import type { ReceiveSource } from '../../../shared/contract/connector';
import type { Json, JsonObject } from '../../../shared/contract/json';
import { HEADERS_MEMBER, RECEIVED_AT } from '../../../shared/contract/webhook';
import { isObject } from '../../../shared/values/json-path';
import { liveFeed, type LiveEvents } from '../feed/feed';
import { readChallenge, readPosts, writePost, type PostFixture } from './posts';
import { signPost } from './sign';

/** How often it checks for new events. */
const TICK_MS = 500;
/** The delay before a refused post is sent again. */
const AGAIN_MS = 2_000;
/** How far back it starts, so that it has events to post at once. */
const HISTORY: LiveEvents = { history: 3, historyMs: 60_000 };

/** A source whose vendor posts. */
export interface SenderParts {
  readonly connector: string;
  readonly name: string;
  readonly source: ReceiveSource;
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly now: () => Date;
  readonly seed: number;
  /** Receives a sentence for each refused post, and for an unanswered challenge. */
  readonly complain: (sentence: string) => void;
}

/** A vendor that posts events as they happen. */
export interface Sender {
  readonly connector: string;
  readonly name: string;
  /** Every record that was accepted, with its headers. */
  readonly taken: readonly Json[];
  /**
   * Posts to an app until the signal aborts: first the challenge, if there is one, then each event, oldest first, until it is
   * accepted. Never throws.
   * @param app its address: `http://127.0.0.1:7071`
   */
  run(app: string, signal: AbortSignal): Promise<void>;
}

/** Creates the sender of a source from its declaration and fixtures. */
export function createSender(parts: SenderParts): Sender {
  const { complain, connector, folder, name, now, source } = parts;
  const taken: Json[] = [];
  const post = (app: string, what: Pick<PostFixture, 'body' | 'headers'>, signal: AbortSignal) =>
    send(parts, `${app}/api/push/${connector}/${name}`, what, signal);

  const challenge = async (app: string, signal: AbortSignal): Promise<void> => {
    const asked = readChallenge(folder, name);
    if (asked === undefined) return;
    const { status, text } = await post(app, { headers: {}, body: asked.body }, signal);
    const answer = status === 200 ? (JSON.parse(text || '{}') as JsonObject) : {};
    if (Object.entries(asked.answer).every(([member, value]) => answer[member] === value)) return;
    complain(`${connector} ${name}: the challenge was answered ${status} ${text}`);
    throw new Error('challenge');
  };

  return {
    connector,
    name,
    taken,
    async run(app, signal) {
      const records = readPosts(folder, name).flatMap(toRecords);
      const feed = liveFeed(records, source.table, `${connector}/${name}/${parts.seed}`, {
        now,
        bornAt: now(),
        maxLateMs: 0,
        events: HISTORY,
      });
      let isChallenged = false;
      while (!signal.aborted) {
        try {
          if (!isChallenged) await challenge(app, signal);
          isChallenged = true;
          for (const { record } of feed().slice(taken.length)) {
            const { status } = await post(app, toPost(record), signal);
            if (status !== 200) throw new Error(`answered ${status}`);
            taken.push(record);
          }
          await wait(TICK_MS, undefined, { signal });
        } catch (error) {
          if (signal.aborted) return;
          complain(`${connector} ${name}: a post was not accepted: ${(error as Error).message}`);
          await wait(AGAIN_MS, undefined, { signal }).catch(() => undefined);
        }
      }
    },
  };
}

/** Signs a post and sends it. */
async function send(
  { now, settings, source }: SenderParts,
  address: string,
  what: Pick<PostFixture, 'body' | 'headers'>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const { bytes, headers, query } = signPost(
    source.receive,
    settings,
    writePost(source.receive, what),
    now(),
  );
  const url = query === '' ? address : `${address}?${query}`;
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(bytes), signal });
  return { status: response.status, text: await response.text() };
}

/** Each record of a post with its headers, so that copied events get their own id and time, in either place. */
export function toRecords({ body, headers }: PostFixture): readonly Json[] {
  const records = Array.isArray(body) ? (body as readonly Json[]) : [body];
  return records.map((record) => (isObject(record) ? { ...record, [HEADERS_MEMBER]: headers } : record));
}

/**
 * The post of one such record. If the table takes its time from the post, adds a member with the event's time, so that no two
 * events have the same body.
 */
function toPost(record: Json): Pick<PostFixture, 'body' | 'headers'> {
  const { [HEADERS_MEMBER]: headers, [RECEIVED_AT]: at, ...own } = record as JsonObject;
  const body = at === undefined ? own : { ...own, simulated_at: at };
  return { headers: (headers ?? {}) as Readonly<Record<string, string>>, body };
}
