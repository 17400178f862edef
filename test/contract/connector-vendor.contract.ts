import { isBalanced, type Checkpoint } from '../../shared/contract/checkpoint';
import type { Connector } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { RunReport } from '../../shared/contract/run';
import { stringifyDeep } from '../../shared/values/json/json';
import {
  goldenRows,
  startConnectorHarness,
  tried,
  type Check,
  type Checked,
  type ConnectorHarness,
} from './connector-harness';
import { variableOf } from '../../shared/admin';

/** Checks 7 to 9, 11 to 13 and 17: what a vendor may do, and what never leaves the app. */
export function checkVendor(
  { folder, connector, source }: Checked,
  check: Check,
  harnessNow: () => ConnectorHarness,
): void {
  const { name } = connector;
  const id = { connector: name, instance: 'default', source };
  const table = connector.sources[source]?.table.name ?? '';
  const { objects, rest } = connector.sources[source]?.pull ?? {};
  const isDeclared = (rest ?? objects) !== undefined;
  /** How many requests a fault may hit: all but the token requests of a declared source. */
  const asked = ({ vendor }: ConnectorHarness): number =>
    vendor.requests.filter((request) => !isDeclared || request.source !== '').length;
  const golden = (): unknown[] => [...(goldenRows(folder, source) ?? [])];

  check(7, 'one 429 with Retry-After, anywhere: the same rows, after just that wait', async () => {
    await harnessNow().run();
    const count = asked(harnessNow());
    // Code may wait by itself, for an export.
    const usual = harnessNow().clock.waits;
    for (const skip of tried(count)) {
      const harness = await startConnectorHarness(folder, connector, source);
      harness.vendor.behave([{ do: 'status', status: 429, retryAfterSeconds: 7, skip }]);
      await harness.run();
      expect({ skip, waits: sorted(harness.clock.waits), rows: [...harness.rows().values()] }).toEqual({
        skip,
        waits: sorted([...usual, 7_000]),
        rows: golden(),
      });
      await harness.close();
    }
  });

  check(8, 'endless 500: an UnavailableError, and the checkpoint where it was', async () => {
    const harness = harnessNow();
    harness.vendor.behave([{ do: 'status', status: 500, times: 1_000 }]);
    expect(await harness.run()).toMatchObject({ outcome: 'failed', error: { name: 'UnavailableError' } });
    expect((await harness.checkpoints.read(id))?.position).toBeNull();
    expect(asked(harness)).toBeLessThanOrEqual(4);
  });

  check(9, '401: a SettingError that names a setting, after one request', async () => {
    const harness = harnessNow();
    harness.vendor.behave([{ do: 'status', status: 401, times: 1_000 }]);
    const { error } = await harness.run();
    const secrets = Object.entries({ ...connector.settings, ...connector.sources[source]?.settings }).filter(
      ([, { kind }]) => kind === 'secret',
    );
    expect(error?.name).toBe('SettingError');
    expect(secrets.some(([key]) => error?.message.includes(variableOf(name, key)))).toBe(true);
    expect(asked(harness)).toBe(1);
  });

  check(11, 'a secret is in no log, error, checkpoint, dead letter or row', async () => {
    const harness = harnessNow();
    const all = { ...connector.settings, ...connector.sources[source]?.settings };
    const secrets = Object.entries(harness.vendor.settings(name)).flatMap(([key, value]) =>
      all[key]?.kind === 'secret' ? [value] : [],
    );
    const echo = JSON.stringify({ echo: `your token ${secrets.join(' ')}` });
    const reports: RunReport[] = [];
    for (const status of [400, 401, 503, undefined]) {
      // A request is repeated after a 503, and after a 401 to a token that may have expired.
      harness.vendor.behave(status === undefined ? [] : [{ do: 'status', status, body: echo, times: 4 }]);
      reports.push(await harness.run());
    }
    const written = stringifyDeep([
      reports,
      harness.log.lines,
      harness.checkpoints.saved,
      harness.deadLetters.letters,
      [...harness.rows()],
    ] as unknown as Json);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'caught-up']);
    expect(written).toContain('your token ***');
    expect(secrets.filter((secret) => secret === '' || written.includes(secret))).toEqual([]);
  });

  check(
    12,
    'a next link or a redirect to another host is refused before a byte leaves; no row is missed or sent twice',
    async () => {
      const foreign = await startConnectorHarness(folder, connector, source);
      const harness = harnessNow();
      const isLinked = await namesAddress(folder, connector, source);
      const to = foreign.vendor.url;
      harness.vendor.behave([{ do: 'redirect', to }]);
      const redirected = await harness.run();
      // Answers to code may contain no address of the vendor.
      harness.vendor.behave([isLinked ? { do: 'foreign-link', to } : { do: 'redirect', to }]);
      const led = await harness.run();
      harness.vendor.behave([]);
      expect([redirected.error?.name, led.error?.name]).toEqual(['ContractError', 'ContractError']);
      expect(foreign.vendor.requests).toEqual([]);
      // A list of files is read whole before the first of them.
      if (rest?.next.kind === 'link' && rest.files === undefined) expect(led.accepted).toBeGreaterThan(0);
      expect(await harness.run()).toMatchObject({ outcome: 'caught-up' });
      expect([...harness.rows().values()]).toEqual(golden());
      expect(harness.collector.rows(table)).toHaveLength(golden().length);
      await foreign.close();
    },
  );

  // A vendor without paging has no token to mislead with; nor do files, whose list is read whole.
  if (rest === undefined || rest.next.kind === 'none' || rest.files !== undefined) {
    check(13, 'the same answers for ever: the run ends in its time, and its ledger is balanced', async () => {
      const harness = harnessNow();
      harness.vendor.behave([{ do: 'same-answer', times: 100_000 }]);
      const report = await harness.run({ requestMs: 10_000 });
      expect(isBalanced(report)).toBe(true);
      expect([undefined, 'ContractError', 'UnavailableError']).toContain(report.error?.name);
      expect(harness.vendor.faultsMet).toBeGreaterThan(0);
    });
    return;
  }

  check(
    13,
    'the same token for ever, an empty page in the middle, a page sent twice: it ends, and nothing is missing',
    async () => {
      const harness = harnessNow();
      harness.vendor.behave([{ do: 'same-token', times: 1_000 }]);
      const misled = [await harness.run(), await harness.run()];
      for (const report of misled)
        expect(report).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
      expect(misled[0]?.accepted).toBeGreaterThan(0);
      expect(harness.collector.rows(table)).toHaveLength(harness.rows().size);
      harness.vendor.behave([
        { do: 'empty-page', skip: 1 },
        { do: 'repeated-page', skip: 2 },
      ]);
      for (let runs = 0; runs < 3; runs++)
        expect(await harness.run()).toMatchObject({ outcome: 'caught-up' });
      expect(new Set(harness.rows().keys())).toEqual(
        new Set(golden().map((row) => (row as { EventId: string }).EventId)),
      );
    },
  );

  if (rest.expired === undefined) return;
  check(17, 'the saved link or token is refused: it reads again from a time, and misses no row', async () => {
    const first = harnessNow();
    await first.run();
    const ids = [...first.rows().keys()];
    const saved = first.checkpoints.saved.filter(({ position }) => position !== null);
    for (const index of tried(saved.length)) {
      const checkpoint = saved[index] as Checkpoint;
      const harness = await startConnectorHarness(folder, connector, source);
      harness.checkpoints.seed(id, checkpoint);
      harness.vendor.behave([{ do: 'status', status: 410 }]);
      const reports = [await harness.run(), await harness.run()];
      const rows = harness.rows();
      await harness.close();
      expect(reports).toMatchObject([{ outcome: 'caught-up' }, { outcome: 'caught-up', accepted: 0 }]);
      const missed = ids.slice(checkpoint.ledger.accepted).filter((each) => !rows.has(each));
      expect({ index, missed }).toEqual({ index, missed: [] });
      expect(stringifyDeep(harness.log.lines as unknown as Json)).toContain('refused the saved position');
    }
    expect(saved.length).toBeGreaterThan(0);
  });
}

/** True if an answer contains an address of the vendor, which the fault can replace. */
async function namesAddress(folder: string, connector: Connector, source: string): Promise<boolean> {
  const rest = connector.sources[source]?.pull?.rest;
  if (rest !== undefined) return rest.next.kind === 'link';
  const harness = await startConnectorHarness(folder, connector, source);
  harness.vendor.behave([{ do: 'foreign-link', to: 'http://127.0.0.1:9' }]);
  await harness.run();
  await harness.close();
  return harness.vendor.faultsMet > 0;
}

function sorted(waits: readonly number[]): readonly number[] {
  return [...waits].sort((a, b) => a - b);
}
