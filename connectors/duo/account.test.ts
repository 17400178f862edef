import type { PullSource } from '../../shared/contract/connector';
import { accountOf } from '../../shared/pull/vendor-account';
import duo from '.';

test('a new application of a Duo account belongs to the same account', () => {
  for (const source of Object.values(duo.sources))
    expect(Object.keys(accountOf(duo, source as PullSource, {}, (name) => name).hashes)).toEqual(['url']);
});
