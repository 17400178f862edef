import { groupCommit } from '../../../shared/storage/spool/group-commit';

/** A group commit whose commits the test ends. */
function harness(maxSize = 1_000) {
  const groups: (readonly string[])[] = [];
  const waiting: { resolve: (result: number) => void; reject: (error: Error) => void }[] = [];
  const commit = groupCommit(
    (items: readonly string[]) =>
      new Promise<number>((resolve, reject) => {
        groups.push(items);
        waiting.push({ resolve, reject });
      }),
    (item) => item.length,
    maxSize,
  );
  return { commit, groups, waiting };
}

test('an item added while idle is committed at once; those that arrive meanwhile are committed together', async () => {
  const { commit, groups, waiting } = harness();
  const all = ['a', 'b', 'c'].map((item) => commit.add(item));
  expect(groups).toEqual([['a']]);
  waiting[0]!.resolve(1);
  await all[0];
  expect(groups).toEqual([['a'], ['b', 'c']]);
  waiting[1]!.resolve(2);
  expect(await Promise.all(all)).toEqual([1, 2, 2]);
});

test('a group has at most its maximum size; one larger item is committed alone', async () => {
  const { commit, groups, waiting } = harness(4);
  const all = ['x', 'aa', 'bb', 'c', 'dddddd', 'e'].map((item) => commit.add(item));
  for (let at = 0; at < 5; at++) {
    waiting[at]!.resolve(at);
    await new Promise(setImmediate);
  }
  await Promise.all(all);
  expect(groups).toEqual([['x'], ['aa', 'bb'], ['c'], ['dddddd'], ['e']]);
});

test('a failed commit fails its own group, and the next one continues', async () => {
  const { commit, waiting } = harness();
  const [first, second] = [commit.add('a'), commit.add('b')];
  waiting[0]!.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  waiting[1]!.resolve(7);
  expect(await second).toBe(7);
});
