import { isBalanced } from '../../shared/contract/checkpoint';
import { UnavailableError } from '../../shared/contract/errors';
import { pullHarness, HARNESS_ID, type PullHarness } from '../fakes/pull-harness';
import { event, NO_ID_TABLE, scriptedSource, type Step } from '../fakes/scripted-source';

/* The workspace refuses all rows of a page, and accepts those of the next one. */
const SCRIPT: readonly Step[] = [[event('bad-1'), event('bad-2')], [event('good', 1)]];
const source = () => scriptedSource(SCRIPT);

function refusingHarness(): PullHarness {
  const harness = pullHarness();
  harness.sink.answer = (batch) => (batch.body.includes('bad') ? { refused: '400' } : 'accepted');
  return harness;
}

test('four failures are counted and thrown; the fifth quarantines the page, and the source continues', async () => {
  const harness = refusingHarness();
  for (const times of [1, 2, 3, 4]) {
    expect(await harness.run(source())).toMatchObject({
      outcome: 'failed',
      error: { name: 'ContractError' },
    });
    expect(await harness.stored()).toMatchObject({ position: null, failing: { times } });
  }
  expect(harness.deadLetters.letters).toEqual([]);

  const report = await harness.run(source());
  expect(report).toMatchObject({
    outcome: 'caught-up',
    setAside: 1,
    fetched: 3,
    accepted: 1,
    deadLettered: 2,
  });
  expect(harness.deadLetters.letters.map(({ cause, record }) => ({ cause, record }))).toEqual(
    ['bad-1', 'bad-2'].map((id) => ({ cause: 'page-set-aside', record: JSON.stringify(event(id)) })),
  );
  expect(harness.delivered()).toEqual(['good']);
  const stored = await harness.stored();
  expect(stored).not.toHaveProperty('failing');
  expect(stored).toMatchObject({ position: { delivered: 2 }, ledger: { fetched: 3, deadLettered: 2 } });
  expect(isBalanced(stored!.ledger)).toBe(true);
});

test('a quarantine is logged as an error, without a record', async () => {
  const harness = refusingHarness();
  for (let run = 0; run < 5; run++) await harness.run(source());
  const said = harness.log.lines.filter(({ level }) => level === 'error');
  expect(said).toMatchObject([{ fields: { ...HARNESS_ID, records: 2, times: 5 } }]);
  expect(said[0]?.sentence).toContain('page quarantined');
  expect(JSON.stringify(said)).not.toContain('bad-1');
});

test('a failure of another kind restarts the count', async () => {
  const harness = refusingHarness();
  for (let run = 0; run < 4; run++) await harness.run(source());
  harness.sink.answer = () => new TypeError('a bug of another kind');
  await harness.run(source());
  expect(await harness.stored()).toMatchObject({
    failing: { times: 1, error: expect.stringMatching(/^TypeError/) },
  });
});

test('messages that differ only in numbers are the same failure', async () => {
  const harness = pullHarness();
  let call = 0;
  harness.sink.answer = () => new RangeError(`out by ${call++}`);
  for (let run = 0; run < 3; run++) await harness.run(source());
  expect(await harness.stored()).toMatchObject({ failing: { times: 3 } });
});

test('an UnavailableError never quarantines a page, however often it occurs', async () => {
  const harness = pullHarness();
  harness.sink.answer = () => new UnavailableError('sending: 503.');
  for (let run = 0; run < 8; run++) expect(await harness.run(source())).toMatchObject({ outcome: 'failed' });
  expect(await harness.stored()).not.toHaveProperty('failing');
  harness.sink.answer = () => undefined;
  expect(await harness.run(source())).toMatchObject({ outcome: 'caught-up', accepted: 3 });
});

test('a page that is delivered in the end forgets its failures', async () => {
  const harness = refusingHarness();
  await harness.run(source());
  harness.sink.answer = () => undefined;
  await harness.run(source());
  expect(await harness.stored()).not.toHaveProperty('failing');
});

test('a page is not quarantined before its dead letters are durable', async () => {
  const harness = refusingHarness();
  for (let run = 0; run < 4; run++) await harness.run(source());
  harness.deadLetters.beforePut = () => {
    throw new UnavailableError('keeping the dead letters: 503.');
  };
  expect(await harness.run(source())).toMatchObject({
    outcome: 'failed',
    error: { name: 'UnavailableError' },
  });
  expect(await harness.stored()).toMatchObject({ position: null, failing: { times: 4 } });
  harness.deadLetters.beforePut = () => undefined;
  expect(await harness.run(source())).toMatchObject({ outcome: 'caught-up', setAside: 1 });
});

test('one refused row among others affects only itself', async () => {
  const harness = refusingHarness();
  const report = await harness.run(scriptedSource([[event('a'), event('bad-1'), event('b')]]));
  expect(report).toMatchObject({ outcome: 'caught-up', fetched: 3, accepted: 2, deadLettered: 1 });
  expect(harness.deadLetters.letters).toMatchObject([{ cause: 'refused', eventId: 'bad-1' }]);
});

describe('a run of a paused source', () => {
  test('requests nothing, moves nothing and says so', async () => {
    const harness = pullHarness();
    const paused = async () => ({ by: 'anna', since: '2026-11-21T10:00:00.000Z' });
    expect(await harness.run(source(), { paused })).toMatchObject({ outcome: 'paused', fetched: 0 });
    expect([harness.delivered(), harness.checkpoints.saved]).toEqual([[], []]);
  });
});

describe('the coverage of a run', () => {
  test('that caught up is from its start until it began, and from the newest event the next time', async () => {
    const harness = pullHarness();
    expect(await harness.run(scriptedSource([[event('a', 5)]]))).toMatchObject({
      coveredFrom: '2026-11-20T12:00:00.000Z',
      coveredTo: '2026-11-21T12:00:00.000Z',
    });
    harness.clock.advance(300_000);
    expect(await harness.run(scriptedSource([[event('a', 5)]]))).toMatchObject({
      coveredFrom: '2026-11-21T00:00:05.000Z',
      coveredTo: '2026-11-21T12:05:00.000Z',
    });
  });

  test('that failed is until the newest event that it delivered, and empty where it delivered none', async () => {
    const harness = pullHarness();
    const broken = new UnavailableError('asking: 503.');
    expect(await harness.run(scriptedSource([broken]))).not.toHaveProperty('coveredTo');
    expect(await harness.run(scriptedSource([[event('a', 5)], broken]))).toMatchObject({
      outcome: 'failed',
      coveredFrom: '2026-11-20T12:00:00.000Z',
      coveredTo: '2026-11-21T00:00:05.000Z',
    });
  });
});

test('an already delivered record is not a dead letter of the page, and the others keep their names', async () => {
  const harness = refusingHarness();
  const script: Step[] = [[event('good')]];
  const again = scriptedSource(script, { rereads: true, table: NO_ID_TABLE });
  expect(await harness.run(again)).toMatchObject({ accepted: 1 });
  const [named] = harness.delivered();
  script.push([event('good'), event('bad'), event('bad')]);
  for (let run = 0; run < 4; run++) expect(await harness.run(again)).toMatchObject({ outcome: 'failed' });
  expect(await harness.run(again)).toMatchObject({ setAside: 1, fetched: 3, duplicate: 1, deadLettered: 2 });
  const [first, second] = harness.deadLetters.letters.map(({ eventId }) => eventId);
  expect([first, second]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), `${first}-1`]);
  expect([harness.delivered(), isBalanced((await harness.stored())!.ledger)]).toEqual([[named], true]);
});

test('a page that cannot even be formatted is quarantined with all its records', async () => {
  const harness = pullHarness();
  const get = (): never => {
    throw new TypeError('a bug');
  };
  Object.defineProperty(harness.sink, 'limits', { get });
  const one = scriptedSource([[event('a'), event('b')]]);
  for (let run = 0; run < 4; run++) expect(await harness.run(one)).toMatchObject({ outcome: 'failed' });
  expect(await harness.run(one)).toMatchObject({ setAside: 1, fetched: 2, deadLettered: 2 });
  expect(harness.deadLetters.letters.map(({ record }) => record)).toEqual(
    ['a', 'b'].map((id) => JSON.stringify(event(id))),
  );
});
