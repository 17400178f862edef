import type { FunctionHost } from '../../local/host/host';
import { LOCAL_PUSH_KEYS, LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { ID_WIDTH } from '../../local/start/report-text';
import { problemsOf, requiredVariables } from '../../local/start/services';
import type { Local } from '../../local/start/start';
import { warn } from './output';
import { withFolderOptions } from './suggested-commands';
import { formatId } from '../../shared/contract/checkpoint';
import type { BrokenFolder } from '../../shared/contract/connector-folder';
import type { Environment } from '../../shared/admin';

/** The text at the top of the terminal: each address, and each source with its schedule. */
export function startBlock(
  { app, data, env, host, services }: Local,
  { once }: { readonly once: boolean },
): string {
  const nextRuns = new Map(host.functions.map(({ name, nextRun }) => [name, nextRun]));
  const sources = app.sources().map((id) => {
    const next = nextRuns.get(`pull-${id.connector}`)?.toISOString().slice(11, 19);
    const where = id.connector in services.simulators ? 'simulated vendor' : 'real vendor';
    return `  ${formatId(id).padEnd(ID_WIDTH)} ${where.padEnd(17)} ${once || next === undefined ? '' : `runs now, then ${next} UTC`}`.trimEnd();
  });
  const received = app.webhooks.map(({ connector, route, source }) => {
    const where = connector in services.simulators ? 'simulated vendor' : 'real vendor';
    const id = formatId({ connector, instance: 'default', source });
    return `  ${id.padEnd(ID_WIDTH)} ${where.padEnd(17)} ${once ? '' : `posts to ${host.url}/api/${route}`}`.trimEnd();
  });
  const left = Object.entries(services.unsimulated).flatMap(([connector, names]) =>
    names.map((source) => {
      const id = formatId({ connector, instance: 'default', source });
      return `  ${id.padEnd(ID_WIDTH)} off: its folder has no answer() that simulates its vendor`;
    }),
  );
  const broken = Object.keys(services.unplayable).map(
    (connector) => `  ${connector.padEnd(ID_WIDTH)} off: its simulated vendor does not load`,
  );
  const all = [...sources, ...received, ...left, ...broken];
  const lines = [
    'Tributary is running.',
    '',
    `  function app   ${host.url}   (process ${host.workerPid ?? 'starting'})`,
    `  connectors     ${host.url}/api/connectors`,
    `  push           ${host.url}/api/logs?api-version=2016-04-01${pushKey(env)}`,
    `  workspace      ${services.workspace.url}   ${services.workspace.tlsUrl}`,
    ...(services.vendor === undefined ? [] : [`  vendors        ${services.vendor}`]),
    `  data           ${data.path}`,
    '',
    ...(all.length > 0
      ? all
      : [
          '  No source is on. Each connector needs these variables, in the environment or in local.settings.json:',
          ...off({ app }),
        ]),
    '',
  ];
  return lines.join('\n');
}

/** The local key, which opens only the app on this machine. An operator's own key is not shown. */
function pushKey(env: Environment): string {
  if (env['PUSH_KEYS'] !== LOCAL_PUSH_KEYS) return '   (signed with PUSH_KEYS)';
  const { workspaceId, workspaceKey } = LOCAL_WORKSPACE;
  return `\n                 workspace id ${workspaceId}, key ${workspaceKey}`;
}

function off({ app }: Pick<Local, 'app'>): string[] {
  return app.connectors.map((connector) => `  ${connector.title.padEnd(14)} ${requiredVariables(connector)}`);
}

/** Writes to standard error why an instance or a folder is off. */
export function sayProblems({ app, env, services }: Local, broken: readonly BrokenFolder[]): void {
  for (const { folder, path, problem } of broken)
    warn(`error: ${path ?? `connectors/${folder}`} is left out: ${problem}`);
  for (const [connector, problem] of Object.entries(services.unplayable))
    warn(`error: the vendor of ${connector} is not simulated: ${problem}`);
  for (const problem of problemsOf(app.connectors, env)) warn(`error: ${problem}`);
}

/** Three suggested commands, shown after the first round of runs. */
export function nextSteps({ workerPid }: FunctionHost, data: string): string {
  return [
    '',
    'Three things to try, in another terminal in this folder:',
    `  1. look at the rows            ${withFolderOptions('npx tributary query "SELECT TimeGenerated, EventType, ActorAlternateId FROM OktaSystemLog_CL ORDER BY 1 DESC LIMIT 10"', { data })}`,
    `  2. kill the app, lose nothing  kill -9 ${workerPid ?? '<process>'}`,
    '  3. write a connector           see "One whole connector" in README.md',
    '',
    '',
  ].join('\n');
}
