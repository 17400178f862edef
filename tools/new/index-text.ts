import type { Setting } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { ColumnType, Table } from '../../shared/contract/table';
import { stringifyJson } from '../../shared/values/json/json';
import { LATENESS } from './rest-spec';
import type { RestList } from '../../shared/contract/rest';
import type { Plan } from './plan-connector';

const FACTORY: Readonly<Record<ColumnType, string>> = {
  string: 'string',
  int: 'int',
  long: 'long',
  real: 'real',
  boolean: 'bool',
  datetime: 'datetime',
  dynamic: 'dynamic',
};

/** The texts of `index.ts` and `tables.ts`, before Prettier formats them. */
export function indexText(plan: Plan, shared: string): Readonly<Record<string, string>> {
  const { connector, list, source, spec, table } = plan;
  // A source may be named by a reserved word, such as `delete`; the suffix makes the constant's name valid.
  const constant = `${source}Table`;
  const settings = Object.entries(connector.settings).map(([key, each]) => `${key}: ${settingText(each)},`);
  const names = new Set([
    'defineConnector',
    'store' in spec ? 'objects' : 'rest',
    ...(list === undefined ? [] : ['listed']),
    ...Object.values(connector.settings).map(({ kind }) => kind),
  ]);
  const signs = isSigned(spec);
  const index = `import { ${[...names].sort().join(', ')} } from ${quoted(shared)};
${signs ? "import { sign } from './sign';\n" : ''}import { ${constant} } from './tables';

export default defineConnector({
  name: ${quoted(connector.name)},
  title: ${quoted(connector.title)},
  settings: {
    ${settings.join('\n')}
  },
  sources: {
    /**
     * ${docstring(plan).join('\n     * ')}
     */
    ${source}: {
      pull: ${'store' in spec ? 'objects' : 'rest'}({
        ${specText(spec)}
      }),
      ${
        list === undefined
          ? ''
          : `partitions: listed({
${specText(list)}
}),`
      }
      table: ${constant},
    },
  },
});
`;
  const tables = `import { ${[...factoriesOf(table), 'type Table'].join(', ')} } from ${quoted(shared)};

export const ${constant} = ${tableText(table)} as const satisfies Table;
`;
  return { 'index.ts': index, 'tables.ts': tables };
}

/** True for a declaration whose requests the folder's `sign.ts` signs. */
export function isSigned(spec: Plan['spec']): boolean {
  return 'auth' in spec && spec.auth?.kind === 'signature';
}

function docstring({ spec, isInvented }: Plan): readonly string[] {
  const invented = isInvented ? ['The columns come from an invented answer.'] : [];
  const see = '@see the address of that documentation';
  if ('store' in spec) {
    return [
      'A message of the queue is deleted once every record of every file that it names is delivered.',
      'Compare with the vendor’s documentation: the format of a file, and the permissions of the key.',
      ...invented,
      see,
    ];
  }
  const order =
    spec.resume === 'cursor'
      ? 'A run continues from the last token, which the vendor must keep valid.'
      : `A run reads up to ${LATENESS.minMs / 60_000} minutes before its start. The next run continues there and also looks for late events.`;
  return [
    order,
    'Compare with the vendor’s documentation: the order of records, how long a token is valid, how',
    'late an event may appear, the largest page, and how many requests a minute are allowed.',
    ...invented,
    see,
  ];
}

function specText(spec: Plan['spec'] | RestList): string {
  const lines = Object.entries(spec).map(([name, value]) => {
    if (name !== 'auth' || !('auth' in spec) || spec.auth?.kind !== 'signature')
      return `${name}: ${stringifyJson(value as object | Json)},`;
    return `auth: { kind: 'signature', settings: ${stringifyJson(spec.auth.settings)}, sign },`;
  });
  const lag = [
    stringifyJson(LATENESS),
    `{ minMs: ${LATENESS.minMs / 60_000} * 60_000, maxMs: 3_600_000 }`,
  ] as const;
  return lines.map((line) => line.replace(...lag)).join('\n        ');
}

function tableText({ columns, ...head }: Table): string {
  const lines = Object.entries(columns).map(
    ([name, { type, from = '' }]) => `${name}: ${FACTORY[type]}(${quoted(from)}),`,
  );
  const members = Object.entries(head).map(([name, value]) => `${name}: ${stringifyJson(value)},`);
  return `{\n${[...members, 'columns: {', ...lines, '},'].join('\n')}\n}`;
}

function settingText({ kind, help, default: preset, example, namesAccount, optional }: Setting): string {
  const options = [
    ...(preset === undefined ? [] : [`default: ${quoted(preset)}`]),
    ...(example === undefined ? [] : [`example: ${quoted(example)}`]),
    ...(namesAccount === undefined ? [] : ['namesAccount: false']),
    ...(optional === undefined ? [] : ['optional: true']),
  ];
  return `${kind}(${quoted(help)}${options.length === 0 ? '' : `, { ${options.join(', ')} }`})`;
}

function factoriesOf({ columns }: Table): readonly string[] {
  return [...new Set(Object.values(columns).map(({ type }) => FACTORY[type]))].sort();
}

function quoted(text: string): string {
  return stringifyJson(text);
}
