import hooli from '../fixtures/connectors/hooli';
import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex-webhooks';
import { FAULTS } from './faults';
import { PUSHERS } from './scenarios/data-collector';
import { pull } from './scenarios/pull';
import { mixOf, namesOf, planTrials, type Wishes } from './plan-cases';
import { noRules } from './fault-rules';
import acmeExport from '../fixtures/connectors/acme-export';
import rules from '../fixtures/connectors/acme-export/simulator';

const subject = { connector: acme, folder: 'connectors/acme' };
const apps = { now: 'now.js', before: 'before.js' };
const wishes: Wishes = { connectors: [], faults: [], journeys: ['pull'], seeds: 3, seed: 7 };
const planned = (change: Partial<Wishes> = {}) => planTrials(subject, { ...wishes, ...change }, apps);

test('every fault has a name of its own and a sentence', () => {
  const names = FAULTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(FAULTS.filter(({ says }) => !/^[A-Z].+\.$/.test(says))).toEqual([]);
});

/** What can go wrong on a way in, and is not hopeless. */
const hopefulOf = (journey: string) => {
  const way = journey === 'hooks' ? 'push' : journey;
  return FAULTS.filter((fault) => fault.hopeless !== true && (fault.journey ?? way) === way);
};

test('without wishes everything is tried but what is hopeless', () => {
  const titles = planned().map(({ title }) => title);
  const hopeful = hopefulOf('pull').map(({ name }) => name);
  expect(titles.sort()).toEqual(['calm', 'crash', 'mix', 'versions', ...hopeful].sort());
});

test('of what is pushed everything is tried that is not a vendor’s', () => {
  const titles = planTrials(PUSHERS, { ...wishes, journeys: [] }, apps).map(({ title }) => title);
  const hopeful = hopefulOf('push').map(({ name }) => name);
  expect(titles.sort()).toEqual(['calm', 'crash', 'mix', ...hopeful].sort());
  expect(hopeful).toContain('storage-unavailable');
  expect(hopeful).not.toContain('rate-limited');
});

test.each([[subject], [PUSHERS]])(
  'the command that tries a crash again names what the suite knows',
  (one) => {
    const trials = planTrials(one, { ...wishes, journeys: [] }, apps);
    const again = trials.flatMap(({ crash }) => crash?.(1) ?? []).map((attempt) => attempt.again);
    const named = again.map((text) => /--connector (\S+)/.exec(text)?.[1]);
    expect(named).not.toEqual([]);
    expect(namesOf(one)).toEqual(expect.arrayContaining(named));
  },
);

test('of what is posted by a vendor the same is tried as of what anybody pushes', () => {
  const hooks = planTrials({ connector: globex, folder: 'connectors/globex-webhooks' }, wishes, apps);
  const pushed = planTrials(PUSHERS, wishes, apps);
  expect(hooks.map(({ title }) => title)).toEqual(pushed.map(({ title }) => title));
});

test.each(['pull', 'push', 'hooks'])(
  'a seed always gives the same mix of %s, of faults that go together',
  (journey) => {
    const mixes = Array.from({ length: 300 }, (_, seed) => mixOf(seed, journey));
    expect(mixes).toEqual(mixes.map(({ seed }) => mixOf(seed, journey)));
    const clashing = mixes.filter(({ faults }) => {
      const kinds = faults.flatMap(({ kind }) => kind ?? []);
      return new Set(kinds).size < kinds.length || new Set(faults).size < faults.length;
    });
    expect(clashing).toEqual([]);
    const tried = new Set(mixes.flatMap(({ faults }) => faults.map(({ name }) => name)));
    expect(tried.size).toBe(hopefulOf(journey).length);
    expect(mixes.some(({ kill }) => kill !== undefined)).toBe(true);
  },
);

test('the command of an attempt asks for that attempt alone', () => {
  const [mix] = planned({ faults: ['mix'] });
  expect(mix?.attempts.map(({ again }) => again)).toEqual(
    [7, 8, 9].map(
      (seed) => `npm run faults -- --connector acme --journey pull --fault mix --seed ${seed} --seeds 1`,
    ),
  );
  const [crash] = planned({ faults: ['crash'] });
  expect(crash?.crash?.(17)[0]?.again).toBe(
    'npm run faults -- --connector acme/systemLog --journey pull --fault crash --seed 7 --crossing 17',
  );
  const [again] = planned({ connectors: ['acme/systemLog'], faults: ['crash'], crossing: 17 });
  expect(again?.attempts).toMatchObject([{ kill: { crossing: 17 } }]);
});

test('each crossing is met by the next source first, and by the others where its process outlives it', () => {
  const of = { connector: hooli, folder: 'connectors/hooli' };
  const [crash] = planTrials(of, { ...wishes, faults: ['crash'] }, apps);
  const sourcesAt = (crossing: number) => crash?.crash?.(crossing).flatMap(({ sources }) => sources);
  const all = Object.keys(hooli.sources);
  const met = all.map((_, index) => sourcesAt(17 + index));
  for (const one of met) expect([...(one ?? [])].sort()).toEqual([...all].sort());
  expect(met.map((one) => one?.[0]).sort()).toEqual([...all].sort());
  expect(crash?.crash?.(17).map(({ kill }) => kill)).toEqual(all.map(() => ({ crossing: 17 })));
});

test('a connector that is not wished for is not tried', () => {
  expect(planned({ connectors: ['acme-edr'] })).toEqual([]);
});

test('a rule lets requests pass, meets as many as it says, and counts them', () => {
  const rules = noRules<string, number>();
  rules.add({ does: 'odd', on: (asked) => asked % 2 === 1, skip: 1, times: 2 }, { does: 'late', skip: 3 });
  const met = [1, 2, 3, 4, 5, 6, 7].map((asked) => rules.next(asked));
  expect(met).toEqual([undefined, undefined, 'odd', undefined, 'odd', 'late', undefined]);
  expect(rules.met).toBe(3);
  rules.clear();
  expect(rules.next(9)).toBeUndefined();
});

test('of a source in code everything is tried but what is done to paging; without its simulator, why not', () => {
  const path = 'test/fixtures/connectors/acme-export';
  const inCode = { connector: acmeExport, folder: path, rules };
  const titles = planTrials(inCode, wishes, apps).map(({ title }) => title);
  const met = hopefulOf('pull').filter(({ ofDeclarations }) => ofDeclarations !== true);
  expect(titles.sort()).toEqual(['calm', 'crash', 'mix', 'versions', ...met.map(({ name }) => name)].sort());
  expect(met.length).toBeLessThan(hopefulOf('pull').length);
  const without = { connector: acmeExport, folder: path };
  expect(planTrials(without, wishes, apps)).toEqual([]);
  expect(pull.sourcesOf(without).unproven).toEqual([
    expect.stringContaining('acme-export/logins has no simulated vendor'),
    expect.stringContaining('acme-export/reports has no simulated vendor'),
  ]);
});
