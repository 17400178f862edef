import { notListening } from '../../local/host/loopback-server';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAlive } from '../fakes/eventually';
import { type HostHarness, collectLines, openHostHarness } from './host-harness';

let harness: HostHarness;
beforeAll(async () => void (harness = await openHostHarness()));
afterAll(() => harness.close());

test('the functions of the app are listed with their kinds and bindings', async () => {
  const { host } = await harness.start(
    { TICK: '0 */5 * * * *' },
    { now: () => new Date('2026-11-21T09:01:00Z') },
  );
  const tick = host.functions.find((each) => each.name === 'tick');
  const echo = host.functions.find((each) => each.name === 'echo');
  const take = host.functions.find((each) => each.name === 'take');
  expect(tick).toMatchObject({
    kind: 'timer',
    schedule: '0 */5 * * * *',
    nextRun: new Date('2026-11-21T09:05:00Z'),
  });
  expect(echo).toMatchObject({ kind: 'http', route: 'api/echo/{kind}/{id:int?}', methods: ['GET', 'POST'] });
  expect(take).toMatchObject({ kind: 'queue', queueName: expect.stringMatching(/^queue-\d+$/) as string });
  expect(Object.values(echo?.bindings ?? {}).map((binding) => binding.type)).toEqual(['httpTrigger', 'http']);
});

test('an entry that throws is reported with its own message and stack, and leaves no process', async () => {
  const error = (await harness.start({ SAMPLE: 'throws' }).catch((thrown: unknown) => thrown)) as Error;
  const pid = /index\.js: the entry is broken in process (\d+)$/.exec(error.message)?.[1];
  expect(error.message).toMatch(/^loading \//);
  expect(error.stack).toMatch(/at .*index\.js:\d+/);
  expect(isAlive(Number(pid))).toBe(false);
});

test('an app without functions is reported as an error', async () => {
  const { host, lines } = await harness.start({ SAMPLE: 'empty' });
  expect(host.functions).toEqual([]);
  expect(lines.all.find((line) => line.level === 'error')?.message).toMatch(/registers no function/);
});

test('a function that is registered after the entry has loaded throws', async () => {
  const { host } = await harness.start();
  const answer = await fetch(`${host.url}/api/late`);
  expect(answer.status).toBe(409);
  expect(await answer.text()).toBe('A function can only be registered during app startup.');
});

test('a function with a wrong schedule is reported, and the others load', async () => {
  const { host, lines } = await harness.start({ TICK: 'every day' });
  const problems = host.functions.map((each) => each.problem).filter((problem) => problem !== undefined);
  expect(problems).toEqual([
    expect.stringMatching(/^"every day" is not a schedule .* it has 2 fields instead of six/),
  ]);
  expect(lines.having('Function tick is not triggered')).toHaveLength(1);
});

test('a queue name that the storage refuses is a problem of that function alone', async () => {
  const { host } = await harness.start({ QUEUE: 'Not_Allowed' });
  const take = host.functions.find((each) => each.name === 'take');
  expect(take?.problem).toMatch(/^the storage answered 400: /);
  expect((await fetch(`${host.url}/api/echo/x`)).status).toBe(200);
});

test('missing storage is reported with the function that needs it', async () => {
  const storageConnectionString = harness.azurite.connectionString.replace(
    /127\.0\.0\.1:\d+/g,
    '127.0.0.1:1',
  );
  const started = harness.start({}, { storageConnectionString });
  await expect(started).rejects.toThrow(
    /^opening the storage of timer tick: .*ECONNREFUSED.* Start the storage, or/,
  );
});

test('a port in use is reported with the option to change it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(harness.start({}, { port })).rejects.toThrow(
    `another program uses it. Stop that one, or choose another port with --port.`,
  );
  server.close();
});

test('lines from a function and from the console arrive with level, category and invocation', async () => {
  const { host, lines } = await harness.start();
  await fetch(`${host.url}/api/logs`);
  await lines.until('stdout said');
  const said = lines.all.filter((line) => line.message.includes('said'));
  const user = { category: 'Function.logs.User', functionName: 'logs', invocationId: said[0]?.invocationId };
  expect(user.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(said).toEqual(
    expect.arrayContaining([
      { level: 'trace', message: 'said trace', ...user },
      { level: 'debug', message: 'said debug', ...user },
      { level: 'information', message: "said { an: 'object' }", ...user },
      { level: 'warning', message: 'said warn', ...user },
      { level: 'error', message: 'said error', ...user },
      { level: 'warning', message: 'console said warn', category: 'Worker.Console' },
      { level: 'information', message: 'stdout said', category: 'Worker.Console' },
    ]),
  );
});

test('the app’s hooks run, and may rewrite a log line and a failure', async () => {
  const { host, lines } = await harness.start({ SAMPLE: 'hooks' });
  expect(lines.having('hook appStart')).toHaveLength(1);
  expect((await fetch(`${host.url}/api/throws`)).status).toBe(299);
  expect(lines.having('hook pre throws')).toHaveLength(1);
  expect(lines.having('hook post Error: the function failed')).toHaveLength(1);
  await fetch(`${host.url}/api/logs`);
  expect(lines.having('[hooked] said warn')).toHaveLength(1);
  await host.stop();
  expect(lines.having('hook appTerminate')).toHaveLength(1);
});

test('an unreadable host.json is reported by name', async () => {
  const lines = collectLines();
  await expect(harness.start({}, { hostJson: '/nowhere/host.json', onLog: lines.add })).rejects.toThrow(
    /^reading \/nowhere\/host\.json: /,
  );
});

test('a port that the system reserves is reported as such', () => {
  const error = Object.assign(new Error('listen EACCES: permission denied'), { code: 'EACCES' });
  expect(notListening(error, 80).message).toBe(
    'listening on 127.0.0.1:80: the system does not let this user listen there, as most do not below 1024. Choose another port with --port.',
  );
});
