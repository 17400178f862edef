import { string } from '../../shared';
import { codeOwner } from '../../shared/io/stray-errors';
import { secretsOf } from '../../shared/kit/secrets';
import { watchSource } from '../../shared/watched-source';

test('what `keep` and `toRow` leave behind is their connector’s', () => {
  const owners: (string | undefined)[] = [];
  const { source } = watchSource(
    {
      table: { name: 'AcmeLog_CL', time: 'at', columns: { Headline: string('title') } },
      async *pull() {},
      keep: () => owners.push(codeOwner()?.who) > 0,
      toRow: () => (owners.push(codeOwner()?.who), {}),
    },
    'acme/alerts',
    secretsOf([]),
  );
  expect([source.keep?.({}), source.toRow?.({})]).toEqual([true, {}]);
  expect(owners).toEqual(['acme/alerts', 'acme/alerts']);
  expect(codeOwner()).toBeUndefined();
});
