import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* Which log lines of each function host.json keeps in Application Insights, by the host's own rules. */

interface HostJson {
  readonly logging: {
    readonly logLevel: Readonly<Record<string, string>>;
    readonly applicationInsights: { readonly samplingSettings: Readonly<Record<string, unknown>> };
  };
  readonly extensions: { readonly http: Readonly<Record<string, unknown>> };
}

const { extensions, logging } = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'host.json'), 'utf8'),
) as HostJson;

/**
 * The level of a category: that of the longest key that is its prefix, case-insensitive.
 * @see
 * https://github.com/Azure/azure-webjobs-sdk/blob/dev/src/Microsoft.Azure.WebJobs.Logging.ApplicationInsights/LoggerRuleSelector.cs
 */
function levelOf(category: string): string | undefined {
  const keys = Object.keys(logging.logLevel).filter((key) =>
    category.toLowerCase().startsWith(key.toLowerCase()),
  );
  const longest = keys.sort((a, b) => b.length - a.length)[0] ?? 'default';
  return logging.logLevel[longest];
}

test('an accepted post and a successful delivery log no information, whatever the name of the webhook', () => {
  const quiet = ['push-logs', 'push-acme-webhooks-events', 'deliver', 'deliver-sweep'];
  const categories = quiet.flatMap((name) => [`Function.${name}`, `Function.${name}.User`]);
  expect(categories.map(levelOf)).toEqual(categories.map(() => 'Warning'));
});

test('every information line of a pull is logged, and so are the functions’ results and counts', () => {
  const loud = ['pull-acme', 'continue', 'backfill', 'sweep', 'page'];
  const categories = loud.flatMap((name) => [`Function.${name}`, `Function.${name}.User`]);
  expect([...categories, 'Host.Results', 'Host.Aggregator'].map(levelOf)).toEqual(
    [...categories, '', ''].map(() => 'Information'),
  );
});

test('requests are sampled; log lines and exceptions, which alerts query, never are', () => {
  const { excludedTypes, isEnabled } = logging.applicationInsights.samplingSettings;
  expect(isEnabled).toBe(true);
  expect(String(excludedTypes).split(';').sort()).toEqual(['Exception', 'Trace']);
});

test('the platform answers no post with 429, because many senders do not repeat it', () => {
  expect(extensions.http).toMatchObject({ dynamicThrottlesEnabled: false, maxOutstandingRequests: -1 });
});
