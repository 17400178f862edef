import { openStorage } from '../../shared/storage/storage';
import { createHttp } from '../../shared/http/http';
import { clock } from '../../shared/process/clock';
import { silentLog } from './silent-log';
import { secretsOf } from '../../shared/values/secrets/secrets';

/* A process that sends requests to a vendor and to storage through each given proxy, and prints the results. */

const [proxies, ca] = JSON.parse(process.argv[2] ?? '') as [Record<string, string>, string];
const NOTHING = { ca: 'ACME_CA', certificate: 'ACME_CLIENT_CERTIFICATE', key: 'ACME_CLIENT_KEY' };
const STORAGE = {
  AzureWebJobsStorage: `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${Buffer.from('hush').toString('base64')};EndpointSuffix=storage.example.com`,
};

async function askVendor(): Promise<string> {
  const http = createHttp({
    who: 'acme/alerts',
    origins: ['https://vendor.example.com'],
    variables: { address: ['ACME_URL'], credentials: ['ACME_TOKEN'] },
    secrets: secretsOf([]),
    tls: { ca, certificate: '', key: '', variables: NOTHING },
    // One attempt, because no wait fits into the time limit.
    deadline: new Date(0),
    signal: new AbortController().signal,
    clock,
    log: silentLog(),
  });
  const { status } = await http.request({ url: 'https://vendor.example.com/events' });
  return String(status);
}

async function askStorage(): Promise<string> {
  const { blobs } = openStorage(STORAGE);
  await blobs.exists({ abortSignal: AbortSignal.timeout(200) });
  return 'there';
}

const told = (asked: Promise<string>): Promise<string> =>
  asked.catch((error: unknown) => `${(error as Error).name}: ${(error as Error).message}`);

async function main(): Promise<void> {
  for (const [name, proxy] of Object.entries(proxies)) {
    process.env['HTTPS_PROXY'] = proxy;
    const [vendor, storage] = await Promise.all([told(askVendor()), told(askStorage())]);
    // Later events of a socket come in the next turns of the loop.
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write(`${JSON.stringify({ name, vendor, storage })}\n`);
  }
  process.stdout.write(`${JSON.stringify({ name: 'all', vendor: '', storage: '' })}\n`, () =>
    process.exit(0),
  );
}

void main();
