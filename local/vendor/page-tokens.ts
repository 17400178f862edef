import { createHmac } from 'node:crypto';
import type { Place } from './feed/reading';

/** Issues tokens and reads its own, also those of a previous process, because a vendor's cursor survives a restart. */
export interface Tokens {
  /** `times` distinguishes tokens of the same place. */
  issue(place: Place, times?: number): string;
  /** `undefined` for a token that this source has not issued. */
  read(token: string): Place | undefined;
}

/** The tokens of one source, signed with its name and seed. */
export function tokensOf(name: string): Tokens {
  const sign = (text: string): string => createHmac('sha256', name).update(text).digest('hex').slice(0, 16);
  return {
    issue(place, times = 0) {
      const text = [...place, times].join('_');
      return `${text}_${sign(text)}`;
    },
    read(token) {
      const end = token.lastIndexOf('_');
      const text = token.slice(0, Math.max(end, 0));
      if (sign(text) !== token.slice(end + 1)) return undefined;
      return text.split('_').slice(0, -1).map(Number);
    },
  };
}
