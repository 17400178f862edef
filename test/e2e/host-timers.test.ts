import { BlobServiceClient } from '@azure/storage-blob';
import { type HostHarness, openHostHarness } from './host-harness';

let harness: HostHarness;
beforeAll(async () => void (harness = await openHostHarness()));
afterAll(() => harness.close());

const EVERY_SECOND = '* * * * * *';
const EVERY_FIVE_MINUTES = '0 */5 * * * *';
const at = (time: string) => (): Date => new Date(`2026-11-21T${time}Z`);

interface Status {
  readonly Last: string;
  readonly Next: string;
  readonly LastUpdated: string;
}

async function readStatus(hostId: string): Promise<Status> {
  const service = BlobServiceClient.fromConnectionString(harness.azurite.connectionString);
  const container = service.getContainerClient('azure-webjobs-hosts');
  const blob = container.getBlobClient(`timers/${hostId}/tick/status`);
  return JSON.parse((await blob.downloadToBuffer()).toString()) as Status;
}

test('a timer fires on its schedule; one that fires every second has no stored status', async () => {
  const { host, lines } = await harness.start({ TICK: EVERY_SECOND });
  const [first] = await lines.until('tick begins', 2);
  await host.stop();
  expect(first).toContain('"isPastDue":false');
  expect(first).toContain('"scheduleStatus":null');
});

test('a timer never overlaps itself, and occurrences during a run are not queued', async () => {
  const { host, lines } = await harness.start({ TICK: EVERY_SECOND, TICK_MS: '1100' });
  await lines.until('tick begins', 2);
  const order = lines.all.map((line) => line.message.slice(0, 10)).filter((text) => text.startsWith('tick '));
  await host.stop();
  expect(order).toEqual(['tick begin', 'tick ends', 'tick begin']);
});

test('the very first start writes the status and calls nothing', async () => {
  const { host, lines } = await harness.start(
    { TICK: EVERY_FIVE_MINUTES },
    { hostId: 'first', now: at('09:01:00') },
  );
  await host.stop();
  expect(lines.having('tick begins')).toEqual([]);
  const never = expect.stringMatching(/^0001-01-01T00:00:00/) as string;
  expect(await readStatus('first')).toEqual({
    Last: never,
    Next: '2026-11-21T09:05:00.000Z',
    LastUpdated: '2026-11-21T09:01:00.000Z',
  });
});

test('occurrences missed while no host ran become one call, past due', async () => {
  const environment = { TICK: EVERY_FIVE_MINUTES };
  await (await harness.start(environment, { hostId: 'late', now: at('09:01:00') })).host.stop();
  const { host, lines } = await harness.start(environment, { hostId: 'late', now: at('09:31:00') });
  const [call] = await lines.until('tick begins');
  await lines.until('tick ends');
  await host.stop();
  expect(call).toContain('"isPastDue":true');
  expect(call).toContain('"next":"2026-11-21T09:05:00.000Z"');
  expect(lines.having('tick begins')).toHaveLength(1);
  expect(await readStatus('late')).toMatchObject({
    Last: '2026-11-21T09:31:00.000Z',
    Next: '2026-11-21T09:35:00.000Z',
  });
});

test('a start before the next occurrence is not past due', async () => {
  const environment = { TICK: EVERY_FIVE_MINUTES };
  await (await harness.start(environment, { hostId: 'punctual', now: at('09:01:00') })).host.stop();
  const { host, lines } = await harness.start(environment, { hostId: 'punctual', now: at('09:04:00') });
  expect(host.functions.find((each) => each.name === 'tick')?.nextRun).toEqual(at('09:05:00')());
  await host.stop();
  expect(lines.having('tick begins')).toEqual([]);
});

test('a changed schedule is computed anew and not past due', async () => {
  await (
    await harness.start({ TICK: EVERY_FIVE_MINUTES }, { hostId: 'new', now: at('09:01:00') })
  ).host.stop();
  const { host, lines } = await harness.start(
    { TICK: '0 2 * * * *' },
    { hostId: 'new', now: at('09:31:00') },
  );
  await host.stop();
  expect(lines.having('tick begins')).toEqual([]);
  expect((await readStatus('new')).Next).toBe('2026-11-21T10:02:00.000Z');
});

test('runOnStartup fires at start', async () => {
  const { lines } = await harness.start(
    { TICK: EVERY_FIVE_MINUTES, SAMPLE: 'startup' },
    { now: at('09:01:00') },
  );
  const [call] = await lines.until('tick begins');
  expect(call).toContain('"isPastDue":false');
});

test('a failing timer is retried by its policy, and its schedule continues', async () => {
  const { host, lines } = await harness.start({ FAILING: EVERY_SECOND });
  await lines.until('failing, retry', 4);
  await host.stop();
  expect(lines.having('failing, retry').slice(0, 4)).toEqual([
    'failing, retry 0',
    'failing, retry 1',
    'failing, retry 2',
    'failing, retry 0',
  ]);
});

test('a manually invoked timer is awaited, and its error is the function’s own', async () => {
  const { host, lines } = await harness.start({ TICK_MS: '20' });
  await host.invoke('tick');
  expect(lines.having('tick ends')).toHaveLength(1);
  await expect(host.invoke('failing')).rejects.toMatchObject({
    message: 'the timer failed',
    stack: expect.stringMatching(/^Error: the timer failed\n {4}at .*index\.js/) as string,
  });
  await expect(host.invoke('echo')).rejects.toThrow(
    'echo is neither a timer nor a queue function. Only those can be triggered manually.',
  );
});
