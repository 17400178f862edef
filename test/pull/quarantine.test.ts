import { isBalanced } from '../../shared/contract/checkpoint';
import { UnavailableError } from '../../shared/contract/errors';
import { pullHarness, HARNESS_ID, type PullHarness } from '../fakes/pull-harness';
import { event, NO_ID_TABLE, scriptedSource, type Step } from '../fakes/scripted-source';

/* A page that the workspace takes no row of stands before one that it takes. */
const SCRIPT: readonly Step[] = [[event('bad-1'), event('bad-2')], [event('good', 1)]];
const source = () => scriptedSource(SCRIPT);

function refusingRig(): PullHarness {
  const rig = pullHarness();
  rig.sink.answer = (batch) => (batch.body.includes('bad') ? { refused: '400' } : 'accepted');
  return rig;
}

test('four failures are counted and thrown, the fifth sets the page aside, and the source goes on', async () => {
  const rig = refusingRig();
  for (const times of [1, 2, 3, 4]) {
    expect(await rig.run(source())).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
    expect(await rig.stored()).toMatchObject({ position: null, failing: { times } });
  }
  expect(rig.deadLetters.letters).toEqual([]);

  const report = await rig.run(source());
  expect(report).toMatchObject({
    outcome: 'caught-up',
    setAside: 1,
    fetched: 3,
    accepted: 1,
    deadLettered: 2,
  });
  expect(rig.deadLetters.letters.map(({ cause, record }) => ({ cause, record }))).toEqual(
    ['bad-1', 'bad-2'].map((id) => ({ cause: 'page-set-aside', record: JSON.stringify(event(id)) })),
  );
  expect(rig.delivered()).toEqual(['good']);
  const stored = await rig.stored();
  expect(stored).not.toHaveProperty('failing');
  expect(stored).toMatchObject({ position: { delivered: 2 }, ledger: { fetched: 3, deadLettered: 2 } });
  expect(isBalanced(stored!.ledger)).toBe(true);
});

test('it is said loudly, without a record', async () => {
  const rig = refusingRig();
  for (let run = 0; run < 5; run++) await rig.run(source());
  const said = rig.log.lines.filter(({ level }) => level === 'error');
  expect(said).toMatchObject([{ fields: { ...HARNESS_ID, records: 2, times: 5 } }]);
  expect(said[0]?.sentence).toContain('page quarantined');
  expect(JSON.stringify(said)).not.toContain('bad-1');
});

test('a failure of another kind begins the count anew', async () => {
  const rig = refusingRig();
  for (let run = 0; run < 4; run++) await rig.run(source());
  rig.sink.answer = () => new TypeError('a bug of another kind');
  await rig.run(source());
  expect(await rig.stored()).toMatchObject({
    failing: { times: 1, error: expect.stringMatching(/^TypeError/) },
  });
});

test('messages that differ in numbers alone are one failure', async () => {
  const rig = pullHarness();
  let call = 0;
  rig.sink.answer = () => new RangeError(`out by ${call++}`);
  for (let run = 0; run < 3; run++) await rig.run(source());
  expect(await rig.stored()).toMatchObject({ failing: { times: 3 } });
});

test('time is never the page’s fault: however often it fails so, it is tried again', async () => {
  const rig = pullHarness();
  rig.sink.answer = () => new UnavailableError('sending: 503.');
  for (let run = 0; run < 8; run++) expect(await rig.run(source())).toMatchObject({ outcome: 'failed' });
  expect(await rig.stored()).not.toHaveProperty('failing');
  rig.sink.answer = () => undefined;
  expect(await rig.run(source())).toMatchObject({ outcome: 'caught-up', accepted: 3 });
});

test('a page that is delivered after all forgets how it failed', async () => {
  const rig = refusingRig();
  await rig.run(source());
  rig.sink.answer = () => undefined;
  await rig.run(source());
  expect(await rig.stored()).not.toHaveProperty('failing');
});

test('a page is not quarantined before its dead letters are durable', async () => {
  const rig = refusingRig();
  for (let run = 0; run < 4; run++) await rig.run(source());
  rig.deadLetters.beforePut = () => {
    throw new UnavailableError('keeping the dead letters: 503.');
  };
  expect(await rig.run(source())).toMatchObject({ outcome: 'failed', error: { name: 'UnavailableError' } });
  expect(await rig.stored()).toMatchObject({ position: null, failing: { times: 4 } });
  rig.deadLetters.beforePut = () => undefined;
  expect(await rig.run(source())).toMatchObject({ outcome: 'caught-up', setAside: 1 });
});

test('one refused row among others costs only itself', async () => {
  const rig = refusingRig();
  const report = await rig.run(scriptedSource([[event('a'), event('bad-1'), event('b')]]));
  expect(report).toMatchObject({ outcome: 'caught-up', fetched: 3, accepted: 2, deadLettered: 1 });
  expect(rig.deadLetters.letters).toMatchObject([{ cause: 'refused', eventId: 'bad-1' }]);
});

describe('a run that an operator has stopped', () => {
  test('asks nothing, moves nothing and says so', async () => {
    const rig = pullHarness();
    const paused = async () => ({ by: 'anna', since: '2026-11-21T10:00:00.000Z' });
    expect(await rig.run(source(), { paused })).toMatchObject({ outcome: 'paused', fetched: 0 });
    expect([rig.delivered(), rig.checkpoints.saved]).toEqual([[], []]);
  });
});

describe('what a run vouches for', () => {
  test('caught up: from its start until it began, and from the newest event the next time', async () => {
    const rig = pullHarness();
    expect(await rig.run(scriptedSource([[event('a', 5)]]))).toMatchObject({
      coveredFrom: '2026-11-20T12:00:00.000Z',
      coveredTo: '2026-11-21T12:00:00.000Z',
    });
    rig.clock.advance(300_000);
    expect(await rig.run(scriptedSource([[event('a', 5)]]))).toMatchObject({
      coveredFrom: '2026-11-21T00:00:05.000Z',
      coveredTo: '2026-11-21T12:05:00.000Z',
    });
  });

  test('failed: until the newest event that it delivered, and for nothing where it delivered none', async () => {
    const rig = pullHarness();
    const broken = new UnavailableError('asking: 503.');
    expect(await rig.run(scriptedSource([broken]))).not.toHaveProperty('coveredTo');
    expect(await rig.run(scriptedSource([[event('a', 5)], broken]))).toMatchObject({
      outcome: 'failed',
      coveredFrom: '2026-11-20T12:00:00.000Z',
      coveredTo: '2026-11-21T00:00:05.000Z',
    });
  });
});

test('what was delivered before is no letter of the page, and the others keep their names', async () => {
  const rig = refusingRig();
  const script: Step[] = [[event('good')]];
  const again = scriptedSource(script, { rereads: true, table: NO_ID_TABLE });
  expect(await rig.run(again)).toMatchObject({ accepted: 1 });
  const [named] = rig.delivered();
  script.push([event('good'), event('bad'), event('bad')]);
  for (let run = 0; run < 4; run++) expect(await rig.run(again)).toMatchObject({ outcome: 'failed' });
  expect(await rig.run(again)).toMatchObject({ setAside: 1, fetched: 3, duplicate: 1, deadLettered: 2 });
  const [first, second] = rig.deadLetters.letters.map(({ eventId }) => eventId);
  expect([first, second]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), `${first}-1`]);
  expect([rig.delivered(), isBalanced((await rig.stored())!.ledger)]).toEqual([[named], true]);
});

test('a page that cannot even be formatted is quarantined with all its records', async () => {
  const rig = pullHarness();
  const get = (): never => {
    throw new TypeError('a bug');
  };
  Object.defineProperty(rig.sink, 'limits', { get });
  const one = scriptedSource([[event('a'), event('b')]]);
  for (let run = 0; run < 4; run++) expect(await rig.run(one)).toMatchObject({ outcome: 'failed' });
  expect(await rig.run(one)).toMatchObject({ setAside: 1, fetched: 2, deadLettered: 2 });
  expect(rig.deadLetters.letters.map(({ record }) => record)).toEqual(
    ['a', 'b'].map((id) => JSON.stringify(event(id))),
  );
});
