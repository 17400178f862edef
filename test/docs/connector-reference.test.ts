import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as shared from '../../shared';
import { authorsDeclarations } from '../../tools/reference/connector-page';
import { declarationsIn, exportedFiles } from '../../tools/reference/declarations';

const ROOT = join(__dirname, '..', '..');
const files = readdirSync(join(ROOT, 'shared'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `shared/${file.replace(/\\/g, '/')}`)
  .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const);
const chapters = authorsDeclarations(files);
const declarations = chapters.flatMap(([, all]) => all);

test('the authors’ reference has everything that a connector may import, with its types', () => {
  const names = declarations.map(({ name }) => name);
  const index = exportedFiles('shared/index.ts', new Map(files).get('shared/index.ts') ?? '');
  const exported = index.flatMap(([, own]) => own ?? []);
  expect(exported).toEqual(expect.arrayContaining(Object.keys(shared)));
  expect(exported.filter((name) => !names.includes(name))).toEqual([]);
  expect(names).toEqual(
    expect.arrayContaining(['Connector', 'RestSpec', 'WindowSpec', 'VendorRules', 'Column']),
  );
  expect(new Set(names).size).toBe(names.length);
  expect(chapters.map(([title]) => title)).not.toContain('Also');
});

test.each([
  ['does not exist', files.filter(([file]) => file !== 'shared/contract/budget.ts')],
  [
    'declares nothing',
    files.map(([file, text]) => [file, file === 'shared/contract/budget.ts' ? '' : text] as const),
  ],
])('generating a chapter fails, instead of leaving it out, for a file that %s', (because, changed) => {
  expect(() => authorsDeclarations(changed)).toThrow(
    new RegExp(
      `the chapter "Rate limits" shows shared/contract/budget\\.ts, which ${because}.* Correct CHAPTERS`,
    ),
  );
});

test('each member has a description', () => {
  const silent = declarations.flatMap(({ doc, file, name, parts }) => [
    ...(doc.text === '' ? [`${file}: ${name}`] : []),
    ...parts.filter((part) => part.doc.text === '').map((part) => `${file}: ${name}.${part.name}`),
  ]);
  expect(silent).toEqual([]);
});

test('a declaration is documented with its type, its default and what it throws', () => {
  const text = `
    // Not of its own.
    /** A page. @see https://example.test */
    export interface Page<T = string> extends Base<T> {
      /**
       * At most, as {@link Limit} says.
       * @default 5
       * @example '*\\/5'
       */
      readonly limitMs?: number;
      /** Asks. @throws Error when it is late */
      ask(this: void, at: Date): Promise<T>;
      /** Bounds. */
      readonly lag: {
        readonly minMs: number; // least
        /** Most. */ readonly maxMs: number;
      };
    }
    /** One of two. */
    export type Way =
      /** Up. */
      | { readonly kind: 'up' }
      /** Down. */
      | 'down';
    interface Hidden {}
    /** A limit. */
    export const LIMIT = 5;
    /** Goes. @returns where */
    export async function go(to: string, { by = 1 } = {}): Promise<void> {
      return;
    }
  `;
  const doc = (words: string, ...tags: (readonly [string, string])[]) => ({ text: words, tags });
  expect(declarationsIn('a.ts', text)).toEqual([
    {
      file: 'a.ts',
      name: 'Page',
      signature: 'interface Page<T = string> extends Base<T>',
      doc: doc('A page.', ['see', 'https://example.test']),
      parts: [
        {
          name: 'limitMs?',
          type: 'number',
          doc: doc('At most, as `Limit` says.', ['default', '5'], ['example', "'*/5'"]),
        },
        {
          name: 'ask',
          type: '(this: void, at: Date) => Promise<T>',
          doc: doc('Asks.', ['throws', 'Error when it is late']),
        },
        { name: 'lag', type: '{ minMs: number; maxMs: number }', doc: doc('Bounds.') },
      ],
    },
    {
      file: 'a.ts',
      name: 'Way',
      signature: "type Way = | { kind: 'up' } | 'down'",
      doc: doc('One of two.'),
      parts: [
        { name: "{ kind: 'up' }", type: '', doc: doc('Up.') },
        { name: "'down'", type: '', doc: doc('Down.') },
      ],
    },
    { file: 'a.ts', name: 'LIMIT', signature: 'const LIMIT = 5', doc: doc('A limit.'), parts: [] },
    {
      file: 'a.ts',
      name: 'go',
      signature: 'function go(to: string, { by = 1 } = {}): Promise<void>',
      doc: doc('Goes.', ['returns', 'where']),
      parts: [],
    },
  ]);
});
