import { EMPTY_CHECKPOINT } from '../../shared/contract/checkpoint';
import type { PullSource } from '../../shared/contract/connector';
import { windowContextOf } from '../../shared/windows/window-context';
import { pullContext, scriptedHttp } from '../fakes/scripted-http';

const frame = (listed: unknown) => {
  const source = {
    table: { name: 'AcmeAlerts_CL', time: 'at', columns: {} },
    window: { lag: { minMs: 60_000, maxMs: 300_000 } },
    partitions: () => Promise.resolve(listed),
    async *pull() {},
  } as unknown as PullSource;
  return windowContextOf(
    source,
    pullContext(scriptedHttp('https://vendor.test', [])),
    EMPTY_CHECKPOINT,
    async function* () {},
  );
};

test.each([
  [undefined, 'partitions() did not return an array'],
  ['ab', 'partitions() did not return an array'],
  [['a', null], 'member 1 is not a non-empty string'],
  [['a', 'b', ''], 'member 2 is not a non-empty string'],
  [[{}], 'member 0 is not a non-empty string'],
])('partitions that are %j are a ContractError', async (listed, because) => {
  await expect(frame(listed)).rejects.toMatchObject({
    name: 'ContractError',
    message: `listing the partitions of AcmeAlerts_CL: ${because}. Return an array of strings.`,
  });
});

test('a partition that is listed twice is read once', async () => {
  await expect(frame(['b', 'a', 'b'])).resolves.toBeDefined();
});
