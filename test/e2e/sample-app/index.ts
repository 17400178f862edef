/* eslint-disable no-console -- what the host does with console lines is under test */
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { type HttpRequest, type HttpResponseInit, type InvocationContext, app } from '@azure/functions';

/** The app of the host's tests: its log lines and answers show what each function does. */

const mode = process.env['SAMPLE'] ?? '';
if (mode === 'throws') throw new Error(`the entry is broken in process ${process.pid}`);
if (mode === 'once') breakSecondLoad();
if (mode === 'stream') app.setup({ enableHttpStream: true });
if (mode !== 'empty') register();

function register(): void {
  app.timer('tick', {
    schedule: '%TICK%',
    runOnStartup: mode === 'startup',
    handler: async (timer, context) => {
      context.log(`tick begins ${JSON.stringify(timer)}`);
      await pause(Number(process.env['TICK_MS'] ?? 0));
      context.log('tick ends');
    },
  });
  app.timer('failing', {
    schedule: '%FAILING%',
    retry: { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: 0 },
    handler: (_timer, context) => {
      context.warn(`failing, retry ${context.retryContext?.retryCount ?? 0}`);
      throw new Error('the timer failed');
    },
  });
  app.storageQueue('take', {
    queueName: '%QUEUE%',
    connection: 'AzureWebJobsStorage',
    handler: (entry, context) => {
      context.log(`took ${JSON.stringify({ entry, metadata: context.triggerMetadata })}`);
      if (entry === 'poison') throw new Error('cannot take this');
    },
  });
  registerHttp();
}

function registerHttp(): void {
  app.http('echo', { route: 'echo/{kind}/{id:int?}', methods: ['GET', 'POST'], handler: echo });
  app.http('files', { route: 'files/{*rest}', handler: (request) => ({ jsonBody: request.params }) });
  app.http('cookie', {
    handler: () => ({
      status: 201,
      cookies: [{ name: 'a', value: 'b c', path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 60 }],
    }),
  });
  app.http('nothing', { handler: () => undefined as unknown as HttpResponseInit });
  app.http('stream', {
    handler: () => ({ body: chunks(), headers: { 'content-type': 'text/event-stream' } }),
  });
  app.http('throws', { handler: () => Promise.reject(new Error('the function failed')) });
  app.http('hangs', { handler: () => new Promise<HttpResponseInit>(() => undefined) });
  app.http('late', { handler: late });
  app.http('logs', { handler: logs });
}

async function echo(request: HttpRequest): Promise<HttpResponseInit> {
  const bytes = Buffer.from(await request.arrayBuffer());
  return {
    headers: { 'x-sample': 'yes' },
    jsonBody: {
      method: request.method,
      url: request.url,
      params: request.params,
      query: Object.fromEntries(request.query),
      header: request.headers.get('x-given'),
      length: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  };
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (const word of ['one ', 'two ', 'three']) {
    await pause(1);
    yield Buffer.from(word);
  }
}

function late(): HttpResponseInit {
  try {
    app.http('tooLate', { handler: () => ({}) });
    return { body: 'registered' };
  } catch (error) {
    return { status: 409, body: (error as Error).message };
  }
}

function logs(_request: HttpRequest, context: InvocationContext): HttpResponseInit {
  context.trace('said trace');
  context.debug('said debug');
  context.log('said', { an: 'object' });
  context.warn('said warn');
  context.error('said error');
  console.warn('console', 'said warn');
  process.stdout.write('stdout said\n');
  return {};
}

/** The second load throws. A file in the folder counts the loads. */
function breakSecondLoad(): void {
  appendFileSync('loads', '.');
  if (readFileSync('loads', 'utf8') === '..') throw new Error('the second load is broken');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (mode === 'hooks') {
  app.hook.appStart(() => console.log('hook appStart'));
  app.hook.preInvocation((context) => console.log(`hook pre ${context.invocationContext.functionName}`));
  app.hook.postInvocation((context) => {
    console.log(`hook post ${String(context.error)}`);
    // A hook may turn a failure into an answer.
    context.error = null;
    context.result = { status: 299 };
  });
  app.hook.log((context) => void (context.message = `[hooked] ${context.message}`));
  app.hook.appTerminate(() => console.log('hook appTerminate'));
}
