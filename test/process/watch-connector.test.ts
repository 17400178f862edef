import { getEventListeners } from 'node:events';
import { listed, rest, secret, string, url, type JsonObject, type RestSpec } from '../../shared';
import type { Connector, PullSource, ReceiveSource } from '../../shared/contract/connector';
import { compileWebhookBody } from '../../shared/push/webhook/rows';
import { codeOwner } from '../../shared/process/unhandled-errors';
import { runToEnd } from '../../shared/values/cooperative';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { loadConnectors } from '../../shared/load';
import { watchRun } from '../../shared/process/watch-run';
import { pullHarness } from '../fakes/pull-harness';
import { scriptedHttp } from '../fakes/scripted-http';
import { memorySink } from '../fakes/memory-sink';

/* The connector whose code runs is known in every function that a connector may declare. */

/** The paths of all functions in the public types of a declaration. A new function fails the compilation below. */
type Functions<T, At extends string = ''> = T extends readonly (infer Each)[]
  ? Functions<Each, At>
  : | (T extends (...given: never[]) => unknown ? At : never)
    | (IsData<T> extends true ? never : Members<T, At>);
type Members<T, At extends string> = T extends object
  ? {
      [K in keyof T & string]-?: Functions<NonNullable<T[K]>, At extends '' ? K : `${At}.${K}`>;
    }[keyof T & string]
  : never;
/** JSON, which is recursive. */
type IsData<T> = [T] extends [JsonObject] ? ([JsonObject] extends [T] ? true : false) : false;
type Declared = Functions<{
  readonly common: Omit<Connector, 'sources'>;
  readonly pulled: PullSource;
  readonly received: ReceiveSource;
}>;

const AT = '2026-11-21T11:00:00Z';
const table = (name: string) => ({ name, time: 'at', columns: { Headline: string('title') } });
const page = { records: [{ at: AT }], checkpoint: {}, last: true };

/** A connector with all of these functions; each calls `left` with its own path. */
function declaring(left: (path: Declared) => void): Connector {
  const records = (way: 'pulled' | 'received') => ({
    keep: () => (left(`${way}.keep`), true),
    toRow: () => (left(`${way}.toRow`), {}),
  });
  return {
    name: 'acme',
    title: 'Acme',
    settings: { url: url('Where Acme answers.'), token: secret('A token.') },
    sources: {
      coded: {
        ...records('pulled'),
        table: table('AcmeCoded_CL'),
        window: { lag: { minMs: 60_000, maxMs: 300_000 } },
        async partitions() {
          left('pulled.partitions');
          return ['one'];
        },
        async *pull() {
          left('pulled.pull');
          yield page;
        },
      },
      declared: {
        table: table('AcmeDeclared_CL'),
        partitions: listed({
          base: 'url',
          path: '/sites',
          auth: {
            kind: 'signature',
            settings: ['token'],
            sign: () => (left('pulled.partitions.list.auth.sign'), {}),
          },
          records: '$',
          next: { kind: 'none' },
          stop: { on: 'no-next' },
        }),
        pull: rest({
          base: 'url',
          path: '/log/{partition}',
          auth: {
            kind: 'signature',
            settings: ['token'],
            sign: () => (left('pulled.pull.rest.auth.sign'), {}),
          },
          records: '$[*]',
          next: { kind: 'link' },
          stop: { on: 'no-next' },
          resume: 'time',
          since: { in: 'query', name: 'since' },
        }),
      },
      posted: {
        ...records('received'),
        table: table('AcmePosted_CL'),
        settings: { key: secret('A key.') },
        receive: { verify: { kind: 'token', in: 'header', name: 'x-key', secrets: ['key'] } },
      },
    },
  };
}

function loaded(connector: Connector): Connector['sources'] {
  const { broken, connectors } = loadConnectors([{ name: connector.name, load: () => connector }]);
  expect(broken).toEqual([]);
  return connectors[0]!.sources;
}

/** Calls every function of the connector through the app's code. @returns the result of each path */
async function useAll({ coded, declared, posted }: Connector['sources']): Promise<unknown[]> {
  const http = scriptedHttp('https://vendor.test', [{ body: ['one'] }, { body: [] }, { body: [] }]);
  const reports = [
    await pullHarness().run(coded as PullSource),
    await pullHarness().runOver(http, declared as PullSource, {
      settings: { url: 'https://vendor.test', token: 'x' },
    }),
  ];
  const options = { instance: 'default', startedAt: new Date(AT), sink: memorySink() };
  const { format } = compileWebhookBody(posted as ReceiveSource, options);
  const { rows } = runToEnd(format({ bytes: Buffer.from('{"title":"x"}'), receivedAt: AT, records: 1 }));
  return [...reports.map(({ outcome }) => outcome), rows.length];
}

/** The source that each function is attributed to outside of runs. */
const NAMED: Readonly<Record<Declared, string>> = {
  'pulled.keep': 'acme/coded',
  'pulled.toRow': 'acme/coded',
  'pulled.partitions': 'acme/coded',
  'pulled.partitions.list.auth.sign': 'acme/declared',
  'pulled.pull': 'acme/coded',
  'pulled.pull.rest.auth.sign': 'acme/declared',
  'received.keep': 'acme/posted',
  'received.toRow': 'acme/posted',
};

test.each([
  ['outside a run to its source', NAMED, (work: () => Promise<unknown>) => work()],
  [
    'in a run to the run',
    Object.fromEntries(Object.keys(NAMED).map((path) => [path, 'acme/run@eu'])),
    (work: () => Promise<unknown>) => watchRun('pulling acme/run@eu', 'acme/run@eu').call(work),
  ],
])('every function of a connector is attributed to it: %s', async (_, owners, run) => {
  const found: Record<string, string | undefined> = {};
  const sources = loaded(declaring((path) => (found[path] = codeOwner()?.who)));
  expect(await run(() => useAll(sources))).toEqual(['caught-up', 'caught-up', 1]);
  expect(found).toEqual(owners);
  expect(codeOwner()).toBeUndefined();
});

test.each(Object.keys(NAMED) as Declared[])(
  'a failure that %s leaves unhandled fails its run',
  async (path) => {
    const watched = watchRun('pulling acme/alerts', 'acme/alerts');
    const error = new Error('with hush-hush');
    let isTaken: boolean | undefined;
    const sources = loaded(
      declaring((at) => {
        if (at === path) isTaken = codeOwner()?.fail(String(error), error);
      }),
    );
    await watched.call(() => useAll(sources));
    expect(isTaken).toBe(true);
    const report = await pullHarness().run({ table: table('AcmeLog_CL'), async *pull() {} });
    expect(watched.conclude(report, secretsOf(['hush-hush']))).toEqual({
      ...report,
      outcome: 'failed',
      error: {
        name: 'ContractError',
        message: expect.stringMatching(
          /^pulling acme\/alerts: Error: with \*\*\*, in a promise or a callback/,
        ),
      },
    });
  },
);

test('a listener on a run’s signal is attributed to its connector, no matter who aborts', async () => {
  const owners: unknown[] = [];
  const note = (what: string): void => void owners.push([what, codeOwner()?.who]);
  const { coded } = loaded({
    ...declaring(() => undefined),
    sources: {
      coded: {
        table: table('AcmeCoded_CL'),
        window: { lag: { minMs: 60_000, maxMs: 300_000 } },
        async partitions({ signal }) {
          signal.addEventListener('abort', () => note('partitions'));
          return ['one'];
        },
        async *pull({ signal }) {
          signal.addEventListener('abort', () => note('pull'));
          yield page;
        },
      },
    },
  });
  const watched = watchRun('pulling acme/alerts', 'acme/alerts');
  await watched.call(() => pullHarness().run(coded as PullSource));
  expect(owners).toEqual([
    ['partitions', 'acme/alerts'],
    ['pull', 'acme/alerts'],
  ]);
});

test('a function keeps its `this`, and a declaration without functions stays the same object', () => {
  const { declared, posted } = declaring(() => undefined).sources;
  const own = {
    ...posted,
    title: 'Posts',
    keep(this: unknown) {
      return this === own;
    },
  } as ReceiveSource;
  const { auth: _, ...spec } = declared?.pull?.rest as RestSpec;
  const unsigned = { table: table('AcmeUnsigned_CL'), pull: rest({ ...spec, path: '/log' }) };
  const sources = loaded({ ...declaring(() => undefined), sources: { own, unsigned } });
  expect(sources['own']?.keep?.({})).toBe(true);
  expect(sources['unsigned']).toBe(unsigned);
});

test('a run’s second failure is reported like the first, and one after its end fails nothing', async () => {
  const run = watchRun('pulling acme/alerts', 'acme/alerts');
  const other = watchRun('pulling acme/others', 'acme/others');
  const owners = [run, other].map(({ call }) => {
    let owner: ReturnType<typeof codeOwner>;
    const { coded } = loaded(
      declaring((at) => {
        if (at === 'pulled.keep') owner = codeOwner();
      }),
    );
    call(() => coded?.keep?.({}));
    return owner;
  });
  const fail = (at: number): boolean | undefined => owners[at]?.fail('Error: x', new Error('x'));
  expect([fail(0), fail(0)]).toEqual([true, true]);
  expect(run.end()).toMatchObject({ name: 'ContractError' });
  expect(other.end()).toBeUndefined();
  expect([fail(0), fail(1)]).toEqual([true, false]);
});

test('the pages of a pull are released before its run ends', async () => {
  let listeners: number | undefined;
  const { sources, ...common } = declaring((at) => {
    if (at === 'pulled.keep') listeners = getEventListeners(codeOwner()!.failed!, 'abort').length;
  });
  const many: PullSource = {
    ...(sources['coded'] as PullSource),
    async *pull() {
      for (let n = 0; n < 50; n++) yield { ...page, checkpoint: { n }, last: n === 49 };
    },
  };
  const { coded } = loaded({ ...common, sources: { coded: many } });
  const watched = watchRun('pulling acme/alerts', 'acme/alerts');
  expect(await watched.call(() => pullHarness().run(coded as PullSource))).toMatchObject({ pages: 50 });
  expect(listeners).toBeLessThan(5);
});
