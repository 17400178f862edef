import { isBalanced, type Checkpoint } from '../../shared/contract/checkpoint';
import { goldenRows, HOSTILE, startRig, tried, type Check, type Checked, type Rig } from './connector-rig';

/** Checks 3 to 6 and 10: what arrives, whatever the sink, the run and the records do. */
export function checkDelivery({ folder, connector, source }: Checked, check: Check, rigNow: () => Rig): void {
  const { name } = connector;
  const id = { connector: name, instance: 'default', source };
  const golden = (): Map<string, unknown> =>
    new Map((goldenRows(folder, source) ?? []).map((row) => [row['EventId'] as string, row]));

  check(3, 'a replay of the fixtures gives the golden rows', async () => {
    const rig = rigNow();
    const report = await rig.run();
    const rows = [...rig.rows().values()];
    expect(report).toMatchObject({
      outcome: 'caught-up',
      accepted: rig.vendor.published(name, source).length,
    });
    expect(rows).toEqual(goldenRows(folder, source));
    expect(rig.vendor.complaints).toEqual([]);
  });

  check(4, 'the sink fails at each batch in turn: the next run misses no row', async () => {
    await rigNow().run();
    for (const batch of tried(rigNow().collector.requests.length)) {
      const rig = await startRig(folder, connector, source);
      rig.collector.fail(...Array<object>(batch).fill({}), ...Array<object>(4).fill({ status: 500 }));
      const failed = await rig.run();
      const after = await rig.run();
      expect([failed.outcome, isBalanced(failed), after.outcome]).toEqual(['failed', true, 'caught-up']);
      // The waits of the first run decide whether an event is two days old when the second one sends it.
      expect(withoutLateness(rig.rows())).toEqual(withoutLateness(golden()));
      await rig.close();
    }
  });

  check(5, 'a run goes on from every checkpoint with the rows that remain', async () => {
    const first = rigNow();
    await first.run();
    const { saved } = first.checkpoints;
    for (const index of tried(saved.length)) {
      const checkpoint = saved[index] as Checkpoint;
      const rig = await startRig(folder, connector, source);
      rig.checkpoints.seed(id, checkpoint);
      await rig.run();
      const before = checkpoint.ledger.accepted;
      expect({ index, rows: [...rig.rows().keys()] }).toEqual({
        index,
        rows: [...golden().keys()].slice(before),
      });
      await rig.close();
    }
    expect(saved.length).toBeGreaterThan(1);
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
      const isDeclared = connector.sources[source]?.pull?.rest !== undefined;
      if (isDeclared) rig.vendor.behave([{ do: 'more-records', records: HOSTILE }]);
      const report = await rig.run(isDeclared ? {} : { records: HOSTILE });
      const published = rig.vendor.published(name, source).length;
      expect(report).toMatchObject({
        outcome: 'caught-up',
        // A record may be shown again where a hostile one stands between two pages.
        fetched: published + HOSTILE.length + report.duplicate,
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

function withoutLateness(rows: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map([...rows].map(([id, row]) => [id, { ...(row as object), IsLate: undefined }]));
}
