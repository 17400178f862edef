import { createHmac } from 'node:crypto';
import type { Place } from './feed/reading';

/** Issues tokens and knows its own again, also those of a process before it: a vendor's cursor outlives a restart. */
export interface Tokens {
  /** `times` tells tokens of one place apart. */
  issue(place: Place, times?: number): string;
  /** `undefined` for a token that this source of this vendor never issued. */
  read(token: string): Place | undefined;
}

/** The tokens of one source; the name and the seed sign them. */
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
