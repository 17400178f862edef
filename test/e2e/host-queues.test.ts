import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { startQueue } from '../../local/host/queues/queue-listener';
import { eventually } from '../fakes/eventually';
import { type HostHarness, collectLines, openHostHarness } from './host-harness';

let harness: HostHarness;
let service: QueueServiceClient;
beforeAll(async () => {
  harness = await openHostHarness();
  service = QueueServiceClient.fromConnectionString(harness.azurite.connectionString);
});
afterAll(() => harness.close());

const encode = (text: string): string => Buffer.from(text).toString('base64');

async function countOf(queue: QueueClient): Promise<number> {
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

test('a JSON message arrives as an object and text as text, with metadata, and is removed', async () => {
  const { lines } = await harness.start({ QUEUE: 'mixed' });
  const queue = service.getQueueClient('mixed');
  const { messageId } = await queue.sendMessage(encode('{"a":[1]}'));
  await queue.sendMessage(encode('plain text'));
  const took = (await lines.until('took ', 2)).map(
    (line) => JSON.parse(line.slice(5)) as { entry: unknown; metadata: object },
  );
  expect(took.map((each) => each.entry)).toEqual(expect.arrayContaining([{ a: [1] }, 'plain text']));
  const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
  expect(took.map((each) => each.metadata)).toContainEqual({
    queueTrigger: { a: [1] },
    id: messageId,
    dequeueCount: 1,
    popReceipt: expect.any(String) as string,
    insertionTime: iso,
    expirationTime: iso,
    nextVisibleTime: iso,
  });
  await eventually('the queue is empty', async () => (await countOf(queue)) === 0);
});

test('a message that fails five times moves to the poison queue', async () => {
  const { lines } = await harness.start({ QUEUE: 'sick' });
  await service.getQueueClient('sick').sendMessage(encode('poison'));
  await lines.until('was moved to sick-poison: its function failed 5 times');
  expect(lines.having('took ')).toHaveLength(5);
  const { receivedMessageItems } = await service.getQueueClient('sick-poison').receiveMessages();
  expect(receivedMessageItems.map((message) => message.messageText)).toEqual([encode('poison')]);
  expect(await countOf(service.getQueueClient('sick'))).toBe(0);
});

test('a message that is not base64 moves to the poison queue, and the log says why and what to do', async () => {
  const { lines } = await harness.start({ QUEUE: 'raw' });
  await service.getQueueClient('raw').sendMessage('{"not":"encoded"}');
  await lines.until('messageEncoding "none" in host.json');
  expect(lines.having('took ')).toEqual([]);
});

test('with messageEncoding none the text is not decoded', async () => {
  const hostJson = harness.hostJson({ extensions: { queues: { messageEncoding: 'none' } } });
  const { lines } = await harness.start({ QUEUE: 'none' }, { hostJson });
  await service.getQueueClient('none').sendMessage('{"not":"encoded"}');
  const [took] = await lines.until('took ');
  expect(took).toContain('"entry":{"not":"encoded"}');
});

test('a message stays hidden while its function runs longer than the visibility timeout', async () => {
  const lines = collectLines();
  let calls = 0;
  let finish: () => void = () => undefined;
  const queue = service.getQueueClient('long');
  const running = await startQueue({
    functionName: 'long',
    binding: 'message',
    queueName: 'long',
    service,
    settings: {
      batchSize: 16,
      newBatchThreshold: 8,
      maxDequeueCount: 5,
      visibilityTimeoutMs: 0,
      maxPollingIntervalMs: 100,
      messageEncoding: 'none',
    },
    heldMs: 1000,
    whenUp: () => Promise.resolve(),
    invoke: () => {
      calls += 1;
      return new Promise((resolve) => void (finish = resolve));
    },
    log: lines.add,
  });
  await queue.sendMessage('x');
  await eventually('it is taken', () => calls === 1);
  const twiceHeld = performance.now() + 2200;
  await eventually('it was hidden for twice as long', () => calls > 1 || performance.now() > twiceHeld);
  finish();
  await running.stop();
  expect(calls).toBe(1);
  expect(await countOf(queue)).toBe(0);
});

test('the host takes no more messages than the batch size and its threshold allow', async () => {
  let open = 0;
  let most = 0;
  const queue = service.getQueueClient('many');
  await queue.create();
  await Promise.all(Array.from({ length: 12 }, (_each, index) => queue.sendMessage(`${index}`)));
  const running = await startQueue({
    functionName: 'many',
    binding: 'message',
    queueName: 'many',
    service,
    settings: {
      batchSize: 4,
      newBatchThreshold: 1,
      maxDequeueCount: 5,
      visibilityTimeoutMs: 0,
      maxPollingIntervalMs: 100,
      messageEncoding: 'none',
    },
    whenUp: () => Promise.resolve(),
    invoke: async () => {
      most = Math.max(most, (open += 1));
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
    },
    log: () => undefined,
  });
  await eventually('the queue is empty', async () => (await countOf(queue)) === 0);
  await running.stop();
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(5);
});
