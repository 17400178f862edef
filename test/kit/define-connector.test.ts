import { defineConnector, int, rest, secret, string, text, url, type PullContext } from '../../shared';

/* The compiler is the test: each `@ts-expect-error` fails if the next line compiles. */

const table = (name: string) => ({ name, time: 'at', columns: { Count: int('n'), Name: string('name') } });

const connector = defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: { url: url('The address.'), token: secret('A token.') },
  sources: {
    events: {
      settings: { site: text('The site.') },
      table: table('AcmeEvents_CL'),
      async *pull({ settings }) {
        const known: readonly string[] = [settings.url, settings.token, settings.site];
        // @ts-expect-error another source's setting
        const foreign = settings.region;
        // @ts-expect-error an undeclared setting
        const unknown = settings.tokn;
        yield { records: [...known, foreign ?? null, unknown ?? null], checkpoint: {} };
      },
      partitions: ({ settings }) => Promise.resolve([settings.site]),
      toRow: () => ({ Count: 1 }),
    },
    plain: {
      table: table('AcmePlain_CL'),
      async *pull({ settings }) {
        const known: string = settings.token;
        // @ts-expect-error another source's setting
        const foreign = settings.site;
        yield { records: [known, foreign ?? null], checkpoint: {} };
      },
      // @ts-expect-error text for a number
      toRow: () => ({ Count: 'one' }),
    },
    declared: {
      settings: { region: text('The region.') },
      table: table('AcmeDeclared_CL'),
      pull: rest({
        base: 'url',
        path: '/events',
        records: '$[*]',
        next: { kind: 'link' },
        stop: { on: 'no-next' },
        resume: 'cursor',
        since: { in: 'query', name: 'since' },
      }),
    },
    posted: {
      settings: { key: secret('The secret.') },
      table: table('AcmePosted_CL'),
      receive: { verify: { kind: 'function-key' } },
    },
  },
});

test('a pull gets the settings of the connector and of its own source', async () => {
  const settings = { url: 'u', token: 't', site: 's' };
  const pull = connector.sources['events']?.pull;
  const pages = pull?.({ settings } as unknown as PullContext) ?? [];
  for await (const { records } of pages) expect(records).toEqual(['u', 't', 's', null, null]);
  expect.assertions(1);
});
