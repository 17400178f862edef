import type { IncomingPush, PushAnswer, PushRequest } from '../contract/push';
import type { Clock } from '../contract/run';
import { comeBack, type Door } from './data-collector/endpoint';
import { MAX_POST_BYTES } from './data-collector/request';
import { createInFlight, type HoldRoom, type InFlight, type Unread } from './in-flight';

/** When a sender may come back for whose body there was no room. */
const NO_ROOM_RETRY_MS = 2_000;
const SENTENCES: Readonly<Record<Unread, string>> = {
  'too-large': 'a post is not taken: it is larger than a post may be',
  'no-room': 'a post is not taken: too many bodies are in memory at once; its sender is asked to come back',
  'too-slow': 'a post is not taken: its body did not come in time; its sender is asked to come back',
  'cut-off': 'a post is not taken: its sender went away',
};

/** Bodies that are read or being stored: at most 3,072 of known senders and 2,048 of others at once. */
const IN_FLIGHT = { maxBodyBytes: MAX_POST_BYTES, minPostBytes: 32 * 1024 };
/** Of those who have shown a secret before their body is read: a signature of `/api/logs`, a token, a password, a key. */
const KNOWN_IN_FLIGHT = { ...IN_FLIGHT, maxBytes: 96 * 1024 * 1024, withinMs: 120_000 };
/**
 * Of those whose signature covers the body: whoever has no secret has no more room than this, and holds it only while
 * nobody else needs it. Vendors send at once and wait for seconds.
 */
const UNKNOWN_IN_FLIGHT = {
  ...IN_FLIGHT,
  maxBytes: 64 * 1024 * 1024,
  withinMs: 30_000,
  withinMsWhenFull: 2_000,
};

/** The room for bodies: of senders that are known before their body is read, and of all others. */
export interface Pools {
  readonly known: InFlight;
  readonly unknown: InFlight;
}

/** One way in, as a post meets it before its body is read. */
export interface WayIn {
  /** `logs`, or connector and source. */
  readonly who: string;
  readonly door: Door;
  readonly inFlight: InFlight;
  /** True where {@link refuse} knows the sender: room for the announced length is then reserved before it is read. */
  readonly knowsSender: boolean;
  /** Judges what stands before the body. @param bytes the announced length; `undefined` where none is announced */
  readonly refuse: (bytes: number | undefined) => PushAnswer | undefined;
  /** Takes a whole post. @param hold room for what it makes of the body */
  readonly take: (request: PushRequest, hold: HoldRoom) => Promise<PushAnswer>;
  /** The answer to a body over the limit whose length was not announced. */
  readonly tooLarge: PushAnswer;
}

/** The pools of one process. */
export function createPools(clock: Clock): Pools {
  return {
    known: createInFlight({ ...KNOWN_IN_FLIGHT, clock }),
    unknown: createInFlight({ ...UNKNOWN_IN_FLIGHT, clock }),
  };
}

/**
 * Takes a post in: what stands before its body is judged first, and a refused post is answered without a byte of it
 * being read. Of those that are read no more is in memory than the bound of the way in. Never throws.
 */
export async function admitPost(request: IncomingPush, way: WayIn): Promise<PushAnswer> {
  const { door, who } = way;
  door.refused.flush(door.log);
  const bytes = announcedBytes(request);
  const refused = way.refuse(bytes);
  if (refused !== undefined) return refused;
  const reserved = way.knowsSender ? (bytes ?? 0) : 0;
  const answer = await way.inFlight.read(request.body, reserved, (body, hold) =>
    way.take({ ...request, body }, hold),
  );
  if (typeof answer !== 'string') return answer;
  door.refused.tell(door.log, {
    level: 'warn',
    kind: who,
    fields: { who, bytes },
    sentence: SENTENCES[answer],
  });
  return answer === 'too-large' ? way.tooLarge : comeBack(NO_ROOM_RETRY_MS);
}

/** How long the body is, before it is read. A chunked one announces no length. */
function announcedBytes({ body, header }: IncomingPush): number | undefined {
  if (body instanceof Uint8Array) return body.length;
  const length = header('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
