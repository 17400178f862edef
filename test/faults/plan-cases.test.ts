import type { Connector, PullSource } from '../../shared/contract/connector';
import hooli from '../fixtures/connectors/hooli';
import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex-webhooks';
import { FAULTS } from './faults';
import { DATA_COLLECTOR_CLIENT } from './scenarios/data-collector';
import { pull } from './scenarios/pull';
import { mixOf, namesOf, planCases, type PlanOptions } from './plan-cases';
import { createRules } from './fault-rules';
import acmeExport from '../fixtures/connectors/acme-export';
import rules from '../fixtures/connectors/acme-export/simulator';

const sut = { connector: acme, folder: 'connectors/acme' };
const apps = { now: 'now.js', before: 'before.js', inBefore: ['acme', 'acme-export'] };
const options: PlanOptions = { connectors: [], faults: [], scenarios: ['pull'], seeds: 3, seed: 7 };
const plan = (change: Partial<PlanOptions> = {}) => planCases(sut, { ...options, ...change }, apps);

test('every fault has a unique name and a description', () => {
  const names = FAULTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(FAULTS.filter(({ description }) => !/^[A-Z].+\.$/.test(description))).toEqual([]);
});

/** The faults of a source kind that the app must survive. */
const survivableOf = (scenario: string) => {
  const sourceKind = scenario === 'hooks' ? 'push' : scenario;
  return FAULTS.filter((fault) => fault.mustFail !== true && (fault.scenario ?? sourceKind) === sourceKind);
};

test('by default every fault is tested except those that must fail', () => {
  const titles = plan().map(({ title }) => title);
  const survivable = survivableOf('pull').map(({ name }) => name);
  expect(titles.sort()).toEqual(['calm', 'crash', 'mix', 'versions', ...survivable].sort());
});

test('a fault that the vendor’s paging cannot have is left out, and so is an old version without the connector', () => {
  const systemLog = acme.sources['systemLog'] as PullSource;
  const next = { kind: 'cursor', record: 'uuid' } as const;
  const pull = Object.assign(() => systemLog.pull, { rest: { ...systemLog.pull.rest, next } });
  const byId = { ...acme, name: 'acme-by-id', sources: { systemLog: { ...systemLog, pull } } };
  const titles = planCases({ ...sut, connector: byId as unknown as Connector }, options, apps).map(
    ({ title }) => title,
  );
  const all = plan().map(({ title }) => title);
  expect(all.filter((title) => !titles.includes(title))).toEqual(['repeated-page', 'versions']);
});

test('an export is not tested with faults of paging, nor with runs of one page', () => {
  const systemLog = acme.sources['systemLog'] as PullSource;
  const spec = { ...systemLog.pull.rest, next: { kind: 'none' }, export: {} };
  const pull = Object.assign(() => systemLog.pull, { rest: spec });
  const exported = { ...acme, name: 'acme-ordered', sources: { systemLog: { ...systemLog, pull } } };
  const titles = planCases({ ...sut, connector: exported as unknown as Connector }, options, apps).map(
    ({ title }) => title,
  );
  const left = plan()
    .map(({ title }) => title)
    .filter((title) => !titles.includes(title))
    .sort();
  const messages = ['messages-lost', 'messages-poisoned', 'messages-repeated', 'nonsense-messages'];
  expect(left).toEqual(['empty-page', ...messages, 'repeated-page', 'same-token', 'versions'].sort());
});

test('for pushed records every fault is tested except those of a vendor', () => {
  const titles = planCases(DATA_COLLECTOR_CLIENT, { ...options, scenarios: [] }, apps).map(
    ({ title }) => title,
  );
  const survivable = survivableOf('push').map(({ name }) => name);
  expect(titles.sort()).toEqual(['calm', 'crash', 'mix', ...survivable].sort());
  expect(survivable).toContain('storage-unavailable');
  expect(survivable).not.toContain('rate-limited');
});

test('a webhook is tested like the Data Collector API', () => {
  const hooks = planCases({ connector: globex, folder: 'connectors/globex-webhooks' }, options, apps);
  const pushed = planCases(DATA_COLLECTOR_CLIENT, options, apps);
  expect(hooks.map(({ title }) => title)).toEqual(pushed.map(({ title }) => title));
});

test.each(['pull', 'push', 'hooks'])(
  'the same seed always gives the same mix of %s, with faults that can be combined',
  (scenario) => {
    const mixes = Array.from({ length: 300 }, (_, seed) => mixOf(seed, scenario));
    expect(mixes).toEqual(mixes.map(({ seed }) => mixOf(seed, scenario)));
    const clashing = mixes.filter(({ faults }) => {
      const kinds = faults.flatMap(({ kind }) => kind ?? []);
      return new Set(kinds).size < kinds.length || new Set(faults).size < faults.length;
    });
    expect(clashing).toEqual([]);
    const tried = new Set(mixes.flatMap(({ faults }) => faults.map(({ name }) => name)));
    expect(tried.size).toBe(survivableOf(scenario).length);
    expect(mixes.some(({ kill }) => kill !== undefined)).toBe(true);
  },
);

test('the rerun command of a case runs that case alone', () => {
  const [mix] = plan({ faults: ['mix'] });
  expect(mix?.cases.map(({ rerun }) => rerun)).toEqual(
    [7, 8, 9].map(
      (seed) => `npm run faults -- --connector acme --journey pull --fault mix --seed ${seed} --seeds 1`,
    ),
  );
  const [crash] = plan({ faults: ['crash'] });
  expect(crash?.crash?.(17)[0]?.rerun).toBe(
    'npm run faults -- --connector acme/systemLog --journey pull --fault crash --seed 7 --crossing 17',
  );
  const [again] = plan({ connectors: ['acme/systemLog'], faults: ['crash'], injectionPoint: 17 });
  expect(again?.cases).toMatchObject([{ kill: { injectionPoint: 17 } }]);
});

test.each([[sut], [DATA_COLLECTOR_CLIENT]])('the rerun command of a crash names a known connector', (one) => {
  const groups = planCases(one, { ...options, scenarios: [] }, apps);
  const commands = groups.flatMap(({ crash }) => crash?.(1) ?? []).map(({ rerun }) => rerun);
  const named = commands.map((text) => /--connector (\S+)/.exec(text)?.[1]);
  expect(named).not.toEqual([]);
  expect(namesOf(one)).toEqual(expect.arrayContaining(named));
});

test('each injection point meets the next source first, and also the others if its process survives', () => {
  const of = { connector: hooli, folder: 'connectors/hooli' };
  const [crash] = planCases(of, { ...options, faults: ['crash'] }, apps);
  const sourcesAt = (injectionPoint: number) =>
    crash?.crash?.(injectionPoint).flatMap(({ sources }) => sources);
  const all = Object.keys(hooli.sources);
  const met = all.map((_, index) => sourcesAt(17 + index));
  for (const one of met) expect([...(one ?? [])].sort()).toEqual([...all].sort());
  expect(met.map((one) => one?.[0]).sort()).toEqual([...all].sort());
  expect(crash?.crash?.(17).map(({ kill }) => kill)).toEqual(all.map(() => ({ injectionPoint: 17 })));
});

test('a connector that is not selected is not tested', () => {
  expect(plan({ connectors: ['acme-edr'] })).toEqual([]);
});

test('a rule skips the given number of requests, applies to the given number, and counts them', () => {
  const rules = createRules<string, number>();
  rules.add(
    { action: 'odd', matches: (asked) => asked % 2 === 1, skip: 1, times: 2 },
    { action: 'late', skip: 3 },
  );
  const met = [1, 2, 3, 4, 5, 6, 7].map((asked) => rules.next(asked));
  expect(met).toEqual([undefined, undefined, 'odd', undefined, 'odd', 'late', undefined]);
  expect(rules.hits).toBe(3);
  rules.clear();
  expect(rules.next(9)).toBeUndefined();
});

test('a source in code is tested except for paging faults; without its simulator it is untested, with the reason', () => {
  const path = 'test/fixtures/connectors/acme-export';
  const inCode = { connector: acmeExport, folder: path, rules };
  const titles = planCases(inCode, options, apps).map(({ title }) => title);
  const met = survivableOf('pull').filter(({ declaredOnly }) => declaredOnly !== true);
  expect(titles.sort()).toEqual(['calm', 'crash', 'mix', 'versions', ...met.map(({ name }) => name)].sort());
  expect(met.length).toBeLessThan(survivableOf('pull').length);
  const without = { connector: acmeExport, folder: path };
  expect(planCases(without, options, apps)).toEqual([]);
  expect(pull.sourcesOf(without).untested).toEqual([
    expect.stringContaining('acme-export/logins has no simulated vendor'),
    expect.stringContaining('acme-export/reports has no simulated vendor'),
  ]);
});
