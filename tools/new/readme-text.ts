import { LATENESS } from './rest-spec';
import type { Plan } from './plan-connector';
import { variableOf } from '../../shared/admin';

/** The text of the folder's README, with the headings that every connector has. */
export function readmeText(plan: Plan): string {
  const { connector, source, table, masked, isInvented } = plan;
  const { name, title, settings } = connector;
  const variables = Object.entries(settings).map(
    ([key, { help, example, kind }]) =>
      `| \`${variableOf(name, key)}\` | ${help}${kind === 'secret' ? ' A Key Vault reference is fine.' : ''}${example === undefined ? '' : ` Example: \`${example}\``} |`,
  );
  const secrets = Object.keys(settings).filter((key) => settings[key]?.kind === 'secret');
  const credential = secrets.map((key) => `\`${variableOf(name, key)}\``).join(' and ');
  const begin =
    'store' in plan.spec
      ? 'The first run reads what the queue holds.'
      : `The first run begins 24 hours back; \`${variableOf(name, 'start')}\` changes that.`;
  return `# ${title}

_Write here what ${title} records, in one sentence._

## Prerequisites

- _Write here which plan of ${title} has the API, and which role may create the credential._

## Connect

1. _Write here where to create the credential, and with which permission._
2. Set the settings:

| Variable | What |
| --- | --- |
${variables.join('\n')}

${begin}

## Data

| Source | Table | Event time | Event id |
| --- | --- | --- | --- |
| \`${source}\` | \`${table.name}\` | \`${table.time}\` | ${table.eventId === undefined ? 'the hash' : `\`${table.eventId}\``} |

What the vendor adds later and no column takes arrives in \`AdditionalFields\`.

## Limits

${limits(plan).join('\n')}
- ${isInvented ? 'The columns and the fixtures are invented: no answer of the vendor was at hand.' : `The fixtures are made of one answer${masked === '' ? '' : '; what looked personal or secret in it was replaced'}.`}
- _Write here the rate limit, the largest page and how far back the vendor remembers._
- Tried against: simulator only.

## Troubleshooting

| You see | Because | Do |
| --- | --- | --- |
| 401 | the credential is wrong, expired or was revoked | make a new one and set ${credential} |
| 403 | the credential may not read this | give it the permission |
| 404 | \`${variableOf(name, 'url')}\` is another address | compare it with the example |
`;
}

function limits({ spec }: Plan): readonly string[] {
  if ('store' in spec)
    return ['- **Delay.** A file is read within five minutes. _Write here how often the vendor writes one._'];
  if (spec.resume === 'cursor') {
    return [
      '- **Order.** A run continues from the last token. _Write here how long the vendor keeps it valid._',
    ];
  }
  const [minutes, longest] = [LATENESS.minMs / 60_000, LATENESS.maxMs / 60_000];
  return [
    `- **Delay.** A run reads up to ${minutes} minutes before its start. It looks for later events again`,
    `  for ${longest} minutes. _Write here how late an event may appear._`,
  ];
}
