import type { Http } from '../../shared/contract/http';
import { createHttp, type HttpOptions } from '../../shared/http/http';
import { fakeClock, type FakeClock } from './fake-clock';
import { startLoopback, type Loopback, type Serve } from './loopback';
import { silentLog } from './silent-log';
import { secretsOf } from '../../shared/values/secrets/secrets';

/** An HTTP client for a server on this machine, with its environment. */
export interface HttpHarness extends Loopback {
  readonly http: Http;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof silentLog>;
  /** Another client for the same server. */
  door(options?: Partial<HttpOptions>): Http;
}

const opened: HttpHarness[] = [];

/** The client may reach only this server; its run may last ten minutes. */
export async function httpHarness(serve: Serve, options: Partial<HttpOptions> = {}): Promise<HttpHarness> {
  const server = await startLoopback(serve);
  const [clock, log] = [fakeClock(), silentLog()];
  const door = (more: Partial<HttpOptions> = {}): Http =>
    createHttp({
      who: 'acme/alerts',
      origins: [server.url],
      variables: { address: ['ACME_URL'], credentials: ['ACME_TOKEN', 'ACME_USER'] },
      secrets: secretsOf([]),
      deadline: new Date(clock.now().getTime() + 600_000),
      signal: new AbortController().signal,
      clock,
      log,
      ...options,
      ...more,
    });
  const harness = { ...server, clock, log, door, http: door() };
  opened.push(harness);
  return harness;
}

/** For `afterEach`: ends every server that a test started. */
export async function closeHttpHarnesses(): Promise<void> {
  await Promise.all(opened.splice(0).map(async ({ close }) => close()));
}
