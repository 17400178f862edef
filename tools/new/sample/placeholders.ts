import type { Json, JsonObject } from '../../../shared/contract/json';

/** An answer for an author who has none at hand: small, and nobody's. */
export const PLACEHOLDER_PAGE: JsonObject = {
  items: [
    event(1, 'user.login', 'success'),
    event(2, 'user.login', 'failure'),
    event(3, 'policy.update', 'success'),
    event(4, 'user.logout', 'success'),
  ],
  next_cursor: 'page-2',
  has_more: true,
};

function event(number: number, action: string, result: string): Json {
  return {
    id: `event-${number}`,
    time: `2026-01-01T00:0${number}:00.000Z`,
    action,
    result,
    actor: { email: `person${number}@example.com`, ip: `192.0.2.${number}` },
    attempts: number,
    tags: ['invented'],
  };
}
