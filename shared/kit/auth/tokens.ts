import { ContractError, SettingError, UnavailableError } from '../../contract/errors';
import { AccountMap } from './account-map';

/** A token as a vendor issued it. */
export interface NewToken {
  readonly value: string;
  /** How long it lives, from when it was asked for. */
  readonly lifetimeMs: number;
}

/** A token to send. */
export interface TakenToken {
  readonly value: string;
  /** When it ends, by our clock; milliseconds since 1970. */
  readonly endsMs: number;
  /** True if it was issued while this request waited for it. */
  readonly isFresh: boolean;
}

/** How a run asks for a token. */
export interface AskForToken {
  /** @param old a token that lives, and is replaced before it ends */
  ask(old?: string): Promise<NewToken>;
  now(): Date;
  readonly signal: AbortSignal;
}

interface Issued {
  readonly value: string;
  readonly issuedMs: number;
  readonly renewMs: number;
  readonly endsMs: number;
}

interface Kept {
  readonly token: Issued | undefined;
  /** The request for a token that is under way. */
  readonly asking: Promise<Issued> | undefined;
}

/** The end of a token's life, in which it is renewed: a fifth of it, a minute at most. */
const LAST_PART = 5;
const LAST_MS = 60_000;
/** A clock that was set back by more than this says nothing of how long a token still lives. */
const SET_BACK_MS = 60_000;
/** The bounds of a lifetime that a vendor says. */
const LONGEST_MS = 24 * 3_600_000;

/** One token per account and process. */
const kept = new AccountMap<Kept>();

/**
 * The token of an account, issued now if there is none that lives on. Of several that need it at a time, one asks and the
 * others wait for the same answer, also for the same refusal.
 * @param key names the account and how its token is asked for
 * @param refused a token that the vendor does not take any more
 */
export async function takeToken(key: string, by: AskForToken, refused?: string): Promise<TakenToken> {
  for (;;) {
    const { asking, token } = kept.get(key) ?? {};
    if (token !== undefined && token.value !== refused && isAlive(token, by.now()))
      return { value: token.value, endsMs: token.endsMs, isFresh: false };
    if (asking === undefined)
      return {
        ...(await issue(key, by, token?.value === refused ? undefined : token?.value)),
        isFresh: true,
      };
    const issued = await orAborted(asking, by.signal).catch((error: unknown) => {
      by.signal.throwIfAborted();
      if (isForAll(error)) throw error;
      return undefined;
    });
    if (issued !== undefined) return { ...issued, isFresh: true };
  }
}

/** Drops a token that the vendor refused, so that the next run asks for another. */
export function dropToken(key: string, value: string): void {
  if (kept.get(key)?.token?.value === value) kept.delete(key);
}

/** How many reads use a token that is ended behind them. */
const users = new Map<string, number>();

/** Counts a user of a token. The returned function takes it back: behind the last one it drops the token, and returns it. */
export function useToken(key: string): () => string | undefined {
  users.set(key, (users.get(key) ?? 0) + 1);
  return () => {
    const left = (users.get(key) ?? 1) - 1;
    if (left > 0) {
      users.set(key, left);
      return undefined;
    }
    users.delete(key);
    const value = kept.get(key)?.token?.value;
    if (value !== undefined) kept.delete(key);
    return value;
  };
}

/** Drops every token: for tests, where one process plays many. */
export function dropTokens(): void {
  kept.clear();
}

async function issue(key: string, { ask, now }: AskForToken, old: string | undefined): Promise<Issued> {
  const issuedMs = now().getTime();
  const asking = ask(old).then(({ lifetimeMs, value }): Issued => {
    const lives = Math.min(Math.max(lifetimeMs, 0), LONGEST_MS);
    const endsMs = issuedMs + lives;
    return { value, issuedMs, endsMs, renewMs: endsMs - Math.min(LAST_MS, lives / LAST_PART) };
  });
  kept.set(key, { token: undefined, asking });
  try {
    const token = await asking;
    kept.set(key, { token, asking: undefined });
    return token;
  } catch (error) {
    kept.delete(key);
    throw error;
  }
}

function isAlive({ issuedMs, renewMs }: Issued, now: Date): boolean {
  return now.getTime() < renewMs && now.getTime() >= issuedMs - SET_BACK_MS;
}

/** False for an error that concerns only the run that asked: it ended, or its budget is used up. */
function isForAll(error: unknown): boolean {
  if (error instanceof UnavailableError) return error.resumeAt === undefined;
  return error instanceof SettingError || error instanceof ContractError;
}

/** @throws the reason of the signal as soon as it aborts */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
