import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folders } from '../../connectors/list';
import { isBalanced } from '../../shared/contract/checkpoint';
import type { Connector } from '../../shared/contract/connector';
import { loadConnectors, variableOf } from '../../shared/app';
import { connectorProblems } from '../../shared/kit/connector-problems';
import { folderOf, goldenRows, HOSTILE, startRig, waiversOf, type Rig } from './connector-rig';

/*
 * The contract of a connector: thirteen checks that every folder passes without test code of its own. A check may be
 * waived in `fixtures/waivers.json`, with a reason; a waiver that is no longer needed fails.
 */

const HEADINGS = ['Prerequisites', 'Connect', 'Data', 'Limits', 'Troubleshooting'];
const all = folders();
const { connectors, broken } = loadConnectors(all);

test('every folder loads', () => {
  expect(broken).toEqual([]);
  expect(connectors.map(({ name }) => name).sort()).toEqual(all.map(({ name }) => name).sort());
});

describe.each(connectors.map((connector) => [connector.name, connector] as const))(
  '%s',
  (name, connector) => {
    const waivers = waiversOf(name);
    const check = (number: number, sentence: string, body: () => Promise<void>): void => {
      const reason = waivers[number];
      // eslint-disable-next-line jest/expect-expect -- each check asserts
      if (reason === undefined) test(`${number} ${sentence}`, body);
      else test(`${number} is waived: ${reason}`, () => expect(body()).rejects.toThrow());
    };

    check(1, 'the folder is sound: names, tables, columns', async () => {
      expect(connectorProblems(connector, name)).toEqual([]);
    });

    check(
      2,
      'every setting has help, and the README has the fixed headings and names each variable',
      async () => {
        const readme = readFileSync(join(folderOf(name), 'README.md'), 'utf8');
        expect([...readme.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
        expect(readme.startsWith(`# ${connector.title}\n`)).toBe(true);
        const settings = [
          connector.settings,
          ...Object.values(connector.sources).map((source) => source.settings ?? {}),
        ];
        const variables = settings.flatMap((each) => Object.keys(each).map((key) => variableOf(name, key)));
        expect(variables.filter((variable) => !readme.includes(variable))).toEqual([]);
      },
    );

    describe.each(Object.keys(connector.sources))('%s', (source) => {
      let rig: Rig;
      beforeEach(async () => {
        rig = await startRig(connector, source);
      });
      afterEach(async () => {
        await rig.close();
        expect(rig.collector.problems).toEqual([]);
      });
      checkDelivery(connector, source, check, () => rig);
      checkVendor(connector, source, check, () => rig);
    });
  },
);

type Check = (number: number, sentence: string, body: () => Promise<void>) => void;

function checkDelivery(connector: Connector, source: string, check: Check, rigNow: () => Rig): void {
  const { name } = connector;
  const id = { connector: name, instance: 'default', source };
  const golden = (): Map<string, unknown> =>
    new Map((goldenRows(name, source) ?? []).map((row) => [row['EventId'] as string, row]));

  check(3, 'a replay of the fixtures gives the golden rows', async () => {
    const rig = rigNow();
    const report = await rig.run();
    const rows = [...rig.rows().values()];
    expect(report).toMatchObject({
      outcome: 'caught-up',
      accepted: rig.vendor.published(name, source).length,
    });
    expect(rows).toEqual(goldenRows(name, source));
    expect(rig.vendor.complaints).toEqual([]);
  });

  check(4, 'the sink fails at each batch in turn: the next run misses no row', async () => {
    await rigNow().run();
    for (let batch = 0; batch < rigNow().collector.requests.length; batch++) {
      const rig = await startRig(connector, source);
      rig.collector.fail(...Array<object>(batch).fill({}), ...Array<object>(4).fill({ status: 500 }));
      const failed = await rig.run();
      const after = await rig.run();
      expect([failed.outcome, isBalanced(failed), after.outcome]).toEqual(['failed', true, 'caught-up']);
      expect(rig.rows()).toEqual(golden());
      await rig.close();
    }
  });

  check(5, 'a run goes on from every checkpoint with the rows that remain', async () => {
    const first = rigNow();
    await first.run();
    for (const [index, checkpoint] of first.checkpoints.saved.entries()) {
      const rig = await startRig(connector, source);
      rig.checkpoints.seed(id, checkpoint);
      await rig.run();
      const before = checkpoint.ledger.accepted;
      expect({ index, rows: [...rig.rows().keys()] }).toEqual({
        index,
        rows: [...golden().keys()].slice(before),
      });
      await rig.close();
    }
    expect(first.checkpoints.saved.length).toBeGreaterThan(1);
  });

  check(6, 'a second run brings no row and leaves the checkpoint as it is', async () => {
    const rig = rigNow();
    await rig.run();
    const before = await rig.checkpoints.read(id);
    const writes = rig.checkpoints.saved.length;
    expect(await rig.run()).toMatchObject({ outcome: 'caught-up', accepted: 0 });
    expect(await rig.checkpoints.read(id)).toEqual(before);
    expect(rig.checkpoints.saved).toHaveLength(writes);
  });

  check(
    10,
    'hostile records: a row each, or a dead letter; the ledger is balanced and nothing throws',
    async () => {
      const rig = rigNow();
      rig.vendor.behave([{ do: 'more-records', records: HOSTILE }]);
      const report = await rig.run();
      const published = rig.vendor.published(name, source).length;
      expect(report).toMatchObject({
        outcome: 'caught-up',
        fetched: published + HOSTILE.length,
        deadLettered: 5,
        accepted: published + 5,
      });
      expect(isBalanced(report)).toBe(true);
      expect(rig.deadLetters.letters.map(({ cause }) => cause).sort()).toEqual([
        'not-an-object',
        'not-an-object',
        'not-an-object',
        'not-an-object',
        'too-deep',
        ...(rig.deadLetters.letters.some(({ cause }) => cause === 'truncated') ? ['truncated'] : []),
      ]);
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    },
  );
}

function checkVendor(connector: Connector, source: string, check: Check, rigNow: () => Rig): void {
  const { name } = connector;
  const id = { connector: name, instance: 'default', source };
  const golden = (): unknown[] => [...(goldenRows(name, source) ?? [])];

  check(7, 'one 429 with Retry-After, anywhere: the same rows, after just that wait', async () => {
    const count = (await rigNow().run(), rigNow().vendor.requests.length);
    for (let skip = 0; skip < count; skip++) {
      const rig = await startRig(connector, source);
      rig.vendor.behave([{ do: 'status', status: 429, retryAfterSeconds: 7, skip }]);
      await rig.run();
      expect({ skip, waits: rig.clock.waits, rows: [...rig.rows().values()] }).toEqual({
        skip,
        waits: [7_000],
        rows: golden(),
      });
      await rig.close();
    }
  });

  check(8, 'endless 500: an UnavailableError, and the checkpoint where it was', async () => {
    const rig = rigNow();
    rig.vendor.behave([{ do: 'status', status: 500, times: 1_000 }]);
    expect(await rig.run()).toMatchObject({ outcome: 'failed', error: { name: 'UnavailableError' } });
    expect((await rig.checkpoints.read(id))?.position).toBeNull();
    expect(rig.vendor.requests.length).toBeLessThanOrEqual(4);
  });

  check(9, '401: a SettingError that names a setting, after one request', async () => {
    const rig = rigNow();
    rig.vendor.behave([{ do: 'status', status: 401, times: 1_000 }]);
    const { error } = await rig.run();
    const secrets = Object.entries({ ...connector.settings, ...connector.sources[source]?.settings }).filter(
      ([, { kind }]) => kind === 'secret',
    );
    expect(error?.name).toBe('SettingError');
    expect(secrets.some(([key]) => error?.message.includes(variableOf(name, key)))).toBe(true);
    expect(rig.vendor.requests).toHaveLength(1);
  });

  check(11, 'a secret is in no log, error, checkpoint, dead letter or row', async () => {
    const rig = rigNow();
    const all = { ...connector.settings, ...connector.sources[source]?.settings };
    const secrets = Object.entries(rig.vendor.settings(name)).flatMap(([key, value]) =>
      all[key]?.kind === 'secret' ? [value] : [],
    );
    const echo = JSON.stringify({ echo: `your token ${secrets.join(' ')}` });
    rig.vendor.behave(
      [400, 401, 503].map((status) => ({
        do: 'status' as const,
        status,
        body: echo,
        times: status === 503 ? 4 : 1,
      })),
    );
    const reports = [await rig.run(), await rig.run(), await rig.run(), await rig.run()];
    const written = JSON.stringify([
      reports,
      rig.log.lines,
      rig.checkpoints.saved,
      rig.deadLetters.letters,
      [...rig.rows()],
    ]);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'caught-up']);
    expect(written).toContain('your token ***');
    expect(secrets.filter((secret) => secret === '' || written.includes(secret))).toEqual([]);
  });

  check(12, 'a next link or a redirect to another host is refused before a byte leaves', async () => {
    const foreign = await startRig(connector, source);
    const rig = rigNow();
    rig.vendor.behave([{ do: 'redirect', to: foreign.vendor.url }]);
    const redirected = await rig.run();
    rig.vendor.behave(
      connector.sources[source]?.pull.rest?.next.kind === 'link'
        ? [{ do: 'foreign-link', to: foreign.vendor.url }]
        : [{ do: 'redirect', to: foreign.vendor.url }],
    );
    const led = await rig.run();
    expect([redirected.error?.name, led.error?.name]).toEqual(['ContractError', 'ContractError']);
    expect(foreign.vendor.requests).toEqual([]);
    expect((await rig.checkpoints.read(id))?.position).toBeNull();
    await foreign.close();
  });

  check(
    13,
    'the same token for ever, an empty page in the middle, a page sent twice: it ends, and nothing is missing',
    async () => {
      const rig = rigNow();
      rig.vendor.behave([{ do: 'same-token', times: 1_000 }]);
      expect(await rig.run()).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
      rig.vendor.behave([
        { do: 'empty-page', skip: 1 },
        { do: 'repeated-page', skip: 2 },
      ]);
      for (let runs = 0; runs < 3; runs++) expect(await rig.run()).toMatchObject({ outcome: 'caught-up' });
      expect(new Set(rig.rows().keys())).toEqual(
        new Set(golden().map((row) => (row as { EventId: string }).EventId)),
      );
    },
  );
}
