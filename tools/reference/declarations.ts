import { posix } from 'node:path';
import ts from 'typescript';

/** The content of a documentation comment. */
export interface Doc {
  readonly text: string;
  /** Each `default`, `throws`, `example`, `see`, `returns` and `param`, with the text after the tag. */
  readonly tags: readonly (readonly [tag: string, text: string])[];
}

/** A member of an interface, or an alternative of a union. */
export interface Part {
  /** Ends in `?` if the member is optional. */
  readonly name: string;
  readonly type: string;
  readonly doc: Doc;
}

/** An export of a module, as its source declares it. */
export interface Declaration {
  readonly file: string;
  readonly name: string;
  /** Without body and members. */
  readonly signature: string;
  readonly doc: Doc;
  readonly parts: readonly Part[];
}

/** A file, and the names that are exported from it; `undefined` for all names. */
export type ExportedFile = readonly [file: string, names: readonly string[] | undefined];

/** Every file that an index exports from, with the exported names. */
export function exportedFiles(index: string, text: string): readonly ExportedFile[] {
  const tree = ts.createSourceFile(index, text, ts.ScriptTarget.ES2022, true);
  return tree.statements.filter(ts.isExportDeclaration).map((statement): ExportedFile => {
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const file = `${posix.join(posix.dirname(index), from)}.ts`;
    const clause = statement.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) return [file, undefined];
    return [file, clause.elements.map(({ name }) => name.text)];
  });
}

/** The exports of a file, in its order. Each overload of a function is one declaration. */
export function declarationsIn(file: string, text: string): readonly Declaration[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  return tree.statements.filter(isExported).flatMap((statement): Declaration[] => {
    const declare = (name: string, signature: string, parts: readonly Part[] = []): Declaration[] => [
      { file, name, signature, doc: docOf(statement), parts },
    ];
    if (ts.isInterfaceDeclaration(statement))
      return declare(
        statement.name.text,
        headOf(statement, 'interface'),
        statement.members.map(memberOf).filter(({ type }) => type !== 'never'),
      );
    if (ts.isClassDeclaration(statement)) {
      const shown = statement.members.filter((each) => ts.isPropertyDeclaration(each) && !isOverride(each));
      return declare(statement.name?.text ?? '', headOf(statement, 'class'), shown.map(memberOf));
    }
    if (ts.isTypeAliasDeclaration(statement))
      return declare(statement.name.text, plain(statement), alternativesOf(statement.type));
    if (ts.isFunctionDeclaration(statement))
      return declare(statement.name?.text ?? '', plain(statement, statement.body));
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ initializer, name, type }) =>
      declare(name.getText(), `const ${name.getText()}${valueOf(type, initializer)}`),
    );
  });
}

function isExported(statement: ts.Statement): boolean {
  return (
    (ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined)?.some(
      ({ kind }) => kind === ts.SyntaxKind.ExportKeyword,
    ) === true
  );
}

function isOverride(member: ts.PropertyDeclaration): boolean {
  return member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.OverrideKeyword) === true;
}

/** The declared type of a constant, or its value if that is a literal. */
function valueOf(type: ts.TypeNode | undefined, value: ts.Expression | undefined): string {
  if (type !== undefined) return `: ${type.getText()}`;
  return value !== undefined && ts.isLiteralExpression(value) ? ` = ${value.getText()}` : '';
}

function headOf(node: ts.InterfaceDeclaration | ts.ClassDeclaration, kind: string): string {
  const own = node.typeParameters?.map((each) => each.getText()).join(', ');
  const parents = node.heritageClauses?.map((each) => each.getText()).join(' ');
  return `${kind} ${node.name?.text ?? ''}${own === undefined ? '' : `<${own}>`}${parents === undefined ? '' : ` ${parents}`}`;
}

function memberOf(node: ts.TypeElement | ts.ClassElement): Part {
  const doc = docOf(node);
  const isOptional = 'questionToken' in node && node.questionToken !== undefined;
  if (ts.isMethodSignature(node)) {
    const parameters = node.parameters.map((each) => plain(each)).join(', ');
    const result = node.type === undefined ? '' : plain(node.type);
    return { name: nameOf(node, isOptional), type: `(${parameters}) => ${result}`, doc };
  }
  if (ts.isIndexSignatureDeclaration(node))
    return { name: `[${node.parameters.map((each) => plain(each)).join()}]`, type: plain(node.type), doc };
  const { type } = node as ts.PropertySignature;
  return { name: nameOf(node, isOptional), type: type === undefined ? '' : plain(type), doc };
}

function nameOf(node: ts.TypeElement | ts.ClassElement, isOptional: boolean): string {
  return `${node.name?.getText() ?? ''}${isOptional ? '?' : ''}`;
}

/** The alternatives of a union, if any has a documentation comment of its own. */
function alternativesOf(type: ts.TypeNode): readonly Part[] {
  if (!ts.isUnionTypeNode(type)) return [];
  const { text } = type.getSourceFile();
  // The comment of an alternative comes before its bar, so it is not part of the alternative's node.
  const parts = type.types.map((each, at) => {
    const before = text.slice(type.types[at - 1]?.getEnd() ?? type.getFullStart(), each.getStart());
    const [comment = ''] = /\/\*\*[\s\S]*?\*\//.exec(before) ?? [];
    return { name: plain(each), type: '', doc: readDoc(comment) };
  });
  return parts.some(({ doc }) => doc.text !== '') ? parts : [];
}

/** The text of a node on one line, without comments, `readonly`, `export` and a body. */
function plain(node: ts.Node, body?: ts.Node): string {
  const end = body === undefined ? node.getEnd() : body.getFullStart();
  return node
    .getSourceFile()
    .text.slice(node.getStart(), end)
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/\b(?:export|readonly|async) /g, '')
    .replace(/\s+/g, ' ')
    .replace(/([({[]) | ([)}\]])/g, '$1$2')
    .replace(/\{(?=[^\s}])/g, '{ ')
    .replace(/(?<=[^\s{])\}/g, ' }')
    .replace(/;? \}/g, ' }')
    .replace(/,\)/g, ')')
    .replace(/;$/, '')
    .trim();
}

/** The last documentation comment before a node. */
function docOf(node: ts.Node): Doc {
  const { text } = node.getSourceFile();
  const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  const comments = ranges
    .map(({ end, pos }) => text.slice(pos, end))
    .filter((each) => each.startsWith('/**'));
  return readDoc(comments.at(-1) ?? '');
}

function readDoc(comment: string): Doc {
  const lines = comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const whole = lines
    .join('\n')
    .trim()
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .replaceAll('*\\/', '*/');
  const [text = '', ...tags] = whole.split(/(?:^|\s)@(?=(?:default|throws|example|see|returns|param)\b)/);
  return {
    text: text.trim(),
    tags: tags.map((tag) => {
      const [name = ''] = /^\w+/.exec(tag) ?? [];
      return [name, tag.slice(name.length).trim()];
    }),
  };
}
