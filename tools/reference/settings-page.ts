import {
  APP_SETTINGS,
  AZURE_SETTINGS,
  CONNECTOR_SETTINGS,
  SINK_SETTINGS,
  type CommonSetting,
} from './known-settings';
import { code, GENERATED, markdownTable } from './markdown';
import type { Connector } from '../../shared/contract/connector';
import { variableOf } from '../../shared/admin';

/** docs/reference/settings.md: every variable that an operator may set. */
export function settingsPage(connectors: readonly Connector[]): string {
  return `# Settings

${GENERATED}

Each is an app setting of the function app: an environment variable. A secret may be a Key Vault reference; it is masked
in every log and error. A second tenant of a vendor is a named instance, whose variables carry its name:
\`OKTA__EU__URL\`.

## The app

${common(APP_SETTINGS)}

## Where rows go

Each of these may be given for one instance of a connector alone: \`OKTA__EU__DCR_IMMUTABLE_ID\`.

${common(SINK_SETTINGS)}

## Where the workspace is

For [\`tributary tables\`](commands.md#tables) alone, wherever you run it.

${common(AZURE_SETTINGS)}

## Every connector

\`<NAME>\` is the connector's name in upper snake case, \`<SOURCE>\` its source's.

${common(CONNECTOR_SETTINGS)}

${connectors.map(section).join('\n\n')}
`;
}

function common(settings: readonly CommonSetting[]): string {
  const rows = settings.map((setting) => [
    code(setting.name),
    setting.help,
    setting.secret === true ? '**secret**' : 'text',
    setting.default ?? '',
    code(setting.example),
  ]);
  return markdownTable(['Variable', 'What', 'Kind', 'Default', 'Example'], rows);
}

function section({ name, settings, sources, title }: Connector): string {
  const all = [
    ...Object.entries(settings).map(([key, setting]) => ({ key, setting, source: '' })),
    ...Object.entries(sources).flatMap(([source, { settings: own = {} }]) =>
      Object.entries(own).map(([key, setting]) => ({ key, setting, source })),
    ),
  ];
  const rows = all.map(({ key, setting, source }) => [
    code(variableOf(name, key)),
    setting.help,
    setting.kind === 'secret' ? '**secret**' : setting.kind,
    source === '' ? 'all' : code(source),
    setting.default === undefined
      ? setting.optional === true
        ? 'may be left out'
        : 'must be set'
      : code(setting.default),
    code(setting.example),
  ]);
  return `## ${title}\n\n${markdownTable(['Variable', 'What', 'Kind', 'Sources', 'Default', 'Example'], rows)}`;
}
