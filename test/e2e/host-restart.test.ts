import { QueueServiceClient } from '@azure/storage-queue';
import { isAlive } from '../fakes/eventually';
import { type HostHarness, openHostHarness } from './host-harness';

let harness: HostHarness;
beforeAll(async () => void (harness = await openHostHarness()));
afterAll(() => harness.close());

test('a killed worker fails its calls with a message and is restarted, and everything continues', async () => {
  const gone: unknown[] = [];
  const { host, lines } = await harness.start(
    { TICK: '* * * * * *', QUEUE: 'going' },
    { onWorkerExit: (exit) => void gone.push(exit) },
  );
  const hanging = fetch(`${host.url}/api/hangs`);
  await lines.until("Executing 'hangs'");
  const first = host.workerPid ?? 0;
  process.kill(first, 'SIGKILL');
  expect((await hanging).status).toBe(500);
  expect(lines.having("Executed 'hangs' (Failed")[0]).toContain(
    'the worker process ended, because it was killed by SIGKILL',
  );
  await lines.until('The worker has restarted');
  expect(gone).toEqual([{ code: null, signal: 'SIGKILL' }]);
  expect(host.workerPid).not.toBe(first);
  expect((await fetch(`${host.url}/api/echo/x`)).status).toBe(200);

  await lines.until('tick begins', lines.having('tick begins').length + 1);
  const service = QueueServiceClient.fromConnectionString(harness.azurite.connectionString);
  await service.getQueueClient('going').sendMessage(Buffer.from('on').toString('base64'));
  await lines.until('took ');
  await host.stop();
});

test('while the host cleans up there is no worker, and HTTP is answered 503', async () => {
  let finish: () => void = () => undefined;
  const cleaning = new Promise<void>((resolve) => void (finish = resolve));
  const { host, lines } = await harness.start({}, { onWorkerExit: () => cleaning });
  process.kill(host.workerPid ?? 0, 'SIGKILL');
  await lines.until('The worker ended with SIGKILL');
  const answer = await fetch(`${host.url}/api/echo/x`);
  expect([answer.status, answer.headers.get('retry-after'), host.workerPid]).toEqual([503, '1', undefined]);
  await expect(host.invoke('tick')).rejects.toThrow('running tick: the worker is restarting');
  finish();
  await lines.until('The worker has restarted');
  expect((await fetch(`${host.url}/api/echo/x`)).status).toBe(200);
});

test('a call over functionTimeout ends the worker, and the message names the setting to raise', async () => {
  const { host, lines } = await harness.start(
    { TICK_MS: '60000' },
    { hostJson: harness.hostJson({ functionTimeout: '00:00:01' }) },
  );
  await expect(host.invoke('tick')).rejects.toThrow(
    "running tick: it took longer than host.json's functionTimeout of 1 s",
  );
  await lines.until('The worker has restarted');
});

test('stop lets running calls end, ends the worker and can be called again', async () => {
  const { host, lines } = await harness.start({ TICK_MS: '300' });
  const pid = host.workerPid ?? 0;
  const call = host.invoke('tick');
  await lines.until('tick begins');
  await Promise.all([host.stop(), host.stop(), call]);
  expect(lines.having('tick ends')).toHaveLength(1);
  expect(isAlive(pid)).toBe(false);
  await expect(fetch(host.url)).rejects.toThrow('fetch failed');
});

test('stop while the worker is restarting leaves no process', async () => {
  const { host, lines } = await harness.start({}, { onWorkerExit: () => host.stop() });
  process.kill(host.workerPid ?? 0, 'SIGKILL');
  await lines.until('The worker ended with SIGKILL');
  await host.stop();
  expect(host.workerPid).toBeUndefined();
  expect(lines.having('The worker has restarted')).toEqual([]);
});

test('SIGINT, which a terminal sends to the whole process group, does not end the worker', async () => {
  const { host } = await harness.start();
  process.kill(host.workerPid ?? 0, 'SIGINT');
  expect((await fetch(`${host.url}/api/echo/x`)).status).toBe(200);
  expect(isAlive(host.workerPid ?? 0)).toBe(true);
});

test('a worker that cannot be reloaded is reported, and retried until it loads', async () => {
  const { host, lines } = await harness.start({ SAMPLE: 'once' });
  process.kill(host.workerPid ?? 0, 'SIGKILL');
  await lines.until('The worker did not start: loading');
  await lines.until('The worker has restarted');
  expect((await fetch(`${host.url}/api/echo/x`)).status).toBe(200);
});
