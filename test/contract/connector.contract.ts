import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Folder } from '../../connectors/list';
import type { Connector } from '../../shared/contract/connector';
import { connectorProblems } from '../../shared/kit/connector-problems';
import { checkDelivery, checkRows } from './connector-delivery.contract';
import {
  fixtureProblem,
  startConnectorHarness,
  waiversOf,
  type Check,
  type Checked,
  type ConnectorHarness,
} from './connector-harness';
import { checkVendor } from './connector-vendor.contract';
import { startWebhookHarness, type WebhookHarness } from './webhook-harness';
import { checkWebhook } from './webhook.contract';
import { orderProblems, pathProblems } from './fixture-problems';
import { sampleOf } from './sample';
import { tableNameProblems } from './table-names';
import { loadConnectors } from '../../shared/load';
import { variableOf } from '../../shared/admin';

/** The precondition of every other check of a source. `tributary check` reports its failure with the fixtures' file. */
const PLAYED = 'its fixtures can be played';
const HEADINGS = ['Prerequisites', 'Connect', 'Data', 'Limits', 'Troubleshooting'];

/**
 * The contract of a connector: seventeen checks that every folder passes without test code of its own. A check may be
 * waived in `fixtures/waivers.json`, with a reason; a waiver that is no longer needed fails.
 * @param most how many pulled sources are checked against a vendor and a sink that fail, so that the time of a run does not grow
 *   with the number of connectors. All other checks are made of every source.
 */
export function describeConnectors(all: readonly Folder[], most = Infinity): void {
  const { connectors, broken } = loadConnectors(all);
  const pulled = connectors.flatMap(({ name, sources }) =>
    Object.keys(sources)
      .filter((source) => sources[source]?.pull !== undefined)
      .map((source) => `${name}/${source}`),
  );
  const sampled = new Set(sampleOf('sources', pulled, most));

  test('every folder loads', () => {
    expect(broken).toEqual([]);
    expect(connectors.map(({ name }) => name).sort()).toEqual(all.map(({ name }) => name).sort());
  });

  for (const connector of connectors) {
    describe(connector.name, () => {
      describeConnector(all.find(({ name }) => name === connector.name)?.path ?? '', connector, sampled);
    });
  }
}

function describeConnector(folder: string, connector: Connector, sampled: ReadonlySet<string>): void {
  const { name } = connector;
  const waivers = waiversOf(folder);
  const check: Check = (number, sentence, body) => {
    const reason = waivers[number];
    // eslint-disable-next-line jest/expect-expect -- each check asserts
    if (reason === undefined) test(`${number} ${sentence}`, body);
    else test(`${number} is waived: ${reason}`, () => expect(body()).rejects.toThrow());
  };

  check(1, 'the folder is sound: names, tables, columns', async () => {
    expect(connectorProblems(connector, basename(folder))).toEqual([]);
  });

  check(
    2,
    'every setting has help, and the README has the fixed headings and names each variable',
    async () => {
      const readme = readFileSync(join(folder, 'README.md'), 'utf8');
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

  check(14, 'its tables bear no name that Microsoft uses for another shape', async () => {
    expect(tableNameProblems(connector)).toEqual([]);
  });

  const received = (source: string): boolean => connector.sources[source]?.receive !== undefined;
  for (const source of Object.keys(connector.sources).filter(received)) {
    describe(source, () => {
      let harness: WebhookHarness;
      beforeEach(async () => {
        harness = await startWebhookHarness(folder, connector, source);
      });
      afterEach(async () => {
        await harness.close();
        expect(harness.collector.problems).toEqual([]);
      });
      checkWebhook({ folder, connector, source }, check, () => harness);
    });
  }

  const pulled = Object.keys(connector.sources).filter((source) => !received(source));
  const unplayed = pulled.flatMap((source) => {
    const problem = fixtureProblem(folder, connector, source);
    return problem === undefined ? [] : [[source, problem] as const];
  });
  // One cause, one failure: without fixtures, every check would report the same.
  for (const [source, problem] of unplayed)
    test(`${source} ${PLAYED}`, () => {
      expect(problem).toBeUndefined();
    });
  if (unplayed.length > 0) return;
  for (const source of pulled)
    describe(source, () => {
      describePulled({ folder, connector, source }, check, sampled.has(`${name}/${source}`));
    });
}

function describePulled(checked: Checked, check: Check, isSampled: boolean): void {
  const { folder, connector, source } = checked;
  check(15, 'its fixtures meet every path of `next` and `stop`', async () => {
    expectNone(pathProblems(folder, connector, source));
  });
  check(16, 'its fixtures are in the order that the source declares', async () => {
    expectNone(orderProblems(folder, connector, source));
  });

  let harness: ConnectorHarness;
  beforeEach(async () => {
    harness = await startConnectorHarness(folder, connector, source);
  });
  afterEach(async () => {
    await harness.close();
    expect(harness.collector.problems).toEqual([]);
  });
  checkRows(checked, check, () => harness);
  if (!isSampled) return;
  checkDelivery(checked, check, () => harness);
  checkVendor(checked, check, () => harness);
}

/** Fails with the unchanged text of the problems, so that a report can show them. */
function expectNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
