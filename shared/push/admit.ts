import type { IncomingPush, PushAnswer, PushRequest } from '../contract/push';
import type { Clock } from '../contract/run';
import { MAX_POST_BYTES } from './data-collector/request';
import { createInFlight, type ReserveRoom, type InFlight, type Unread } from './in-flight';
import { type EndpointDependencies, retryAnswer } from './store-body';

/** `Retry-After` for a body that did not fit into memory. */
const NO_ROOM_RETRY_MS = 2_000;
const SENTENCES: Readonly<Record<Unread, string>> = {
  'too-large': 'a request is refused: its body is over the limit',
  'no-room': 'a request is refused: too many bodies are in memory; the caller is asked to retry',
  'too-slow': 'a request is refused: its body did not arrive in time; the caller is asked to retry',
  'cut-off': 'a request is refused: the caller closed the connection',
};

/** Bodies being read or stored: at most 3,072 of known callers and 2,048 of others at once. */
const IN_FLIGHT = { maxBodyBytes: MAX_POST_BYTES, minPostBytes: 32 * 1024 };
/** For callers that are verified by their headers: a signature of `/api/logs`, a token, a password, a key. */
const KNOWN_IN_FLIGHT = { ...IN_FLIGHT, maxBytes: 96 * 1024 * 1024, withinMs: 120_000 };
/**
 * For callers whose signature covers the body. Callers without a secret share this memory, so a slow one loses it when
 * others need it. Vendors send their body at once, and wait seconds for the answer.
 */
const UNKNOWN_IN_FLIGHT = {
  ...IN_FLIGHT,
  maxBytes: 64 * 1024 * 1024,
  withinMs: 30_000,
  withinMsWhenFull: 2_000,
};

/** The memory for bodies: of callers that are verified by their headers, and of all others. */
export interface Pools {
  readonly known: InFlight;
  readonly unknown: InFlight;
}

/** One push endpoint. */
export interface Endpoint {
  /** `logs`, or connector and source. */
  readonly who: string;
  readonly dependencies: EndpointDependencies;
  readonly inFlight: InFlight;
  /** True where {@link refuse} verifies the caller: room for the announced length is then reserved before the body is read. */
  readonly verifiesCaller: boolean;
  /** Refuses a request by its headers. @param bytes the announced length; `undefined` where none is announced */
  readonly refuse: (bytes: number | undefined) => PushAnswer | undefined;
  /** Accepts a whole request. @param reserve reserves room for the unpacked body */
  readonly accept: (request: PushRequest, reserve: ReserveRoom) => Promise<PushAnswer>;
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
 * Admits a request: its headers are judged first, and a refused one is answered without reading a byte of its body. No
 * more bodies are in memory than the endpoint's bound. Never throws.
 */
export async function admitPost(request: IncomingPush, endpoint: Endpoint): Promise<PushAnswer> {
  const { dependencies, who } = endpoint;
  dependencies.refused.flush(dependencies.log);
  const bytes = announcedBytes(request);
  const refused = endpoint.refuse(bytes);
  if (refused !== undefined) return refused;
  const reserved = endpoint.verifiesCaller ? (bytes ?? 0) : 0;
  const answer = await endpoint.inFlight.read(request.body, reserved, (body, reserve) =>
    endpoint.accept({ ...request, body }, reserve),
  );
  if (typeof answer !== 'string') return answer;
  dependencies.refused.count(dependencies.log, {
    level: 'warn',
    kind: who,
    fields: { who, bytes },
    sentence: SENTENCES[answer],
  });
  return answer === 'too-large' ? endpoint.tooLarge : retryAnswer(NO_ROOM_RETRY_MS);
}

/** How long the body is, before it is read. A chunked one announces no length. */
function announcedBytes({ body, header }: IncomingPush): number | undefined {
  if (body instanceof Uint8Array) return body.length;
  const length = header('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
