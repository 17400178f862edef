import { isBalanced, type Checkpoint } from '../../shared/contract/checkpoint';
import {
  goldenRows,
  HOSTILE,
  startConnectorHarness,
  tried,
  type Check,
  type Checked,
  type ConnectorHarness,
} from './connector-harness';

/** Check 3: the rows of the fixtures. */
export function checkRows(
  { folder, connector, source }: Checked,
  check: Check,
  harnessNow: () => ConnectorHarness,
): void {
  check(3, 'a replay of the fixtures gives the golden rows', async () => {
    const harness = harnessNow();
    const report = await harness.run();
    const rows = [...harness.rows().values()];
    expect(report).toMatchObject({
      outcome: 'caught-up',
      accepted: harness.vendor.published(connector.name, source).length,
    });
    expect(rows).toEqual(goldenRows(folder, source));
    expect(harness.vendor.complaints).toEqual([]);
  });
}

/** Checks 4 to 6 and 10: what arrives, whatever the sink, the run and the records do. */
export function checkDelivery(
  { folder, connector, source }: Checked,
  check: Check,
  harnessNow: () => ConnectorHarness,
): void {
  const { name } = connector;
  const id = { connector: name, instance: 'default', source };
  const golden = (): Map<string, unknown> =>
    new Map((goldenRows(folder, source) ?? []).map((row) => [row['EventId'] as string, row]));

  check(4, 'the sink fails at each batch in turn: the next run misses no row', async () => {
    await harnessNow().run();
    for (const batch of tried(harnessNow().collector.requests.length)) {
      const harness = await startConnectorHarness(folder, connector, source);
      harness.collector.fail(...Array<object>(batch).fill({}), ...Array<object>(4).fill({ status: 500 }));
      const failed = await harness.run();
      const after = await harness.run();
      expect([failed.outcome, isBalanced(failed), after.outcome]).toEqual(['failed', true, 'caught-up']);
      // The first run's waits decide whether an event is two days old when the second run sends it.
      expect(withoutLateness(harness.rows())).toEqual(withoutLateness(golden()));
      await harness.close();
    }
  });

  check(5, 'a run goes on from every checkpoint with the rows that remain', async () => {
    const first = harnessNow();
    await first.run();
    const { saved } = first.checkpoints;
    for (const index of tried(saved.length)) {
      const checkpoint = saved[index] as Checkpoint;
      const harness = await startConnectorHarness(folder, connector, source);
      harness.checkpoints.seed(id, checkpoint);
      await harness.run();
      const before = checkpoint.ledger.accepted;
      expect({ index, rows: [...harness.rows().keys()] }).toEqual({
        index,
        rows: [...golden().keys()].slice(before),
      });
      await harness.close();
    }
    expect(saved.length).toBeGreaterThan(1);
  });

  check(6, 'a second run brings no row and leaves the checkpoint as it is', async () => {
    const harness = harnessNow();
    await harness.run();
    const before = await harness.checkpoints.read(id);
    const writes = harness.checkpoints.saved.length;
    expect(await harness.run()).toMatchObject({ outcome: 'caught-up', accepted: 0 });
    expect(await harness.checkpoints.read(id)).toEqual(before);
    expect(harness.checkpoints.saved).toHaveLength(writes);
  });

  check(
    10,
    'hostile records: a row each, or a dead letter; the ledger is balanced and nothing throws',
    async () => {
      const harness = harnessNow();
      const rest = connector.sources[source]?.pull?.rest;
      // Records of other formats contain only texts.
      const format = rest?.files === undefined ? rest?.format : rest.files.format;
      const isInAnswers = rest !== undefined && (format === undefined || format === 'ndjson');
      if (isInAnswers) harness.vendor.behave([{ do: 'more-records', records: HOSTILE }]);
      const report = await harness.run(isInAnswers ? {} : { records: HOSTILE });
      const published = harness.vendor.published(name, source).length;
      expect(report).toMatchObject({
        outcome: 'caught-up',
        // A record may be shown again where a hostile one stands between two pages.
        fetched: published + HOSTILE.length + report.duplicate,
        deadLettered: 5,
        accepted: published + 5,
      });
      expect(isBalanced(report)).toBe(true);
      expect(harness.deadLetters.letters.map(({ cause }) => cause).sort()).toEqual([
        'not-an-object',
        'not-an-object',
        'not-an-object',
        'not-an-object',
        'too-deep',
        ...(harness.deadLetters.letters.some(({ cause }) => cause === 'truncated') ? ['truncated'] : []),
      ]);
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    },
  );
}

function withoutLateness(rows: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map([...rows].map(([id, row]) => [id, { ...(row as object), IsLate: undefined }]));
}
