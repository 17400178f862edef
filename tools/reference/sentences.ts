import ts from 'typescript';

/** A message in the code, with `<name>` in place of each value. */
export interface Sentence {
  readonly file: string;
  /** The error's class; `problem` for a problem of settings or of a connector's shape that is reported without being thrown. */
  readonly kind: string;
  readonly text: string;
}

type Values = ReadonlyMap<string, string>;
const NONE: Values = new Map();
const NAMED = /^(?:Setting|Unavailable|Contract|Rejected)Error$/;

/** Every message of a named error and every reported problem, in the order of the files. @param files name and text of each */
export function sentencesOf(files: readonly (readonly [file: string, text: string])[]): Sentence[] {
  const trees = files.map(([file, text]) => ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  return trees.flatMap((tree) =>
    find(tree, (node): Sentence[] => {
      const said = (kind: string, text: string): Sentence => ({ file: tree.fileName, kind, text });
      const problem = problemIn(node);
      if (problem !== undefined) return [said('problem', render(problem, NONE))];
      if (!ts.isNewExpression(node) || !NAMED.test(node.expression.getText())) return [];
      const message = node.arguments?.[0];
      if (message === undefined) return [];
      return usesOf(node, trees).map((values) => said(node.expression.getText(), render(message, values)));
    }),
  );
}

function find<T>(node: ts.Node, look: (node: ts.Node) => readonly T[]): T[] {
  const found = [...look(node)];
  ts.forEachChild(node, (child) => void found.push(...find(child, look)));
  return found;
}

/** The sentence in `problems.push(…)`, `missing.push(…)`, `check(…, sentence)`, or a return of `problemOf`. */
function problemIn(node: ts.Node): ts.Expression | undefined {
  if (ts.isReturnStatement(node)) {
    const isProblem = enclosing(node)?.name === 'problemOf' && node.expression !== undefined;
    return isProblem && isText(node.expression) ? node.expression : undefined;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const callee = node.expression.getText();
  const last = node.arguments.at(-1);
  if (!['problems.push', 'missing.push', 'check'].includes(callee) || last === undefined) return undefined;
  return isText(last) ? last : undefined;
}

function isText(node: ts.Expression): boolean {
  return ts.isTemplateExpression(node) || ts.isStringLiteralLike(node);
}

interface Enclosing {
  readonly name: string;
  readonly node: ts.SignatureDeclaration;
}

function enclosing(node: ts.Node): Enclosing | undefined {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (ts.isFunctionDeclaration(at) && at.name !== undefined) return { name: at.name.text, node: at };
    if (ts.isArrowFunction(at) && ts.isVariableDeclaration(at.parent))
      return { name: at.parent.name.getText(), node: at };
  }
  return undefined;
}

/** The arguments of each call of the enclosing function if that function only creates the error; otherwise one empty map. */
function usesOf(node: ts.NewExpression, trees: readonly ts.SourceFile[]): readonly Values[] {
  const maker = enclosing(node);
  if (maker === undefined || !NAMED.test(maker.node.type?.getText() ?? '')) return [NONE];
  const names = maker.node.parameters.map((parameter) => parameter.name.getText());
  const own = node.getSourceFile();
  const isExported = (ts.getCombinedModifierFlags(maker.node) & ts.ModifierFlags.Export) !== 0;
  return (isExported ? trees : [own]).flatMap((tree) =>
    find(tree, (call): Values[] =>
      ts.isCallExpression(call) && call.expression.getText() === maker.name
        ? [new Map(names.flatMap((name, at) => given(name, call.arguments[at])))]
        : [],
    ),
  );
}

function given(name: string, argument: ts.Expression | undefined): [string, string][] {
  return argument !== undefined && (isText(argument) || ts.isBinaryExpression(argument))
    ? [[name, render(argument, NONE)]]
    : [];
}

function render(node: ts.Expression, values: Values): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.map(
      ({ expression, literal }) => hole(expression, values) + literal.text,
    );
    return node.head.text + parts.join('');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return render(node.left, values) + render(node.right, values);
  return hole(node, values);
}

/** A value in a sentence: its text if that is known, otherwise `<name>`. */
function hole(node: ts.Expression, values: Values): string {
  if (ts.isIdentifier(node)) return values.get(node.text) ?? constant(node) ?? `<${node.text}>`;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return hole(node.expression, values);
  if (ts.isPropertyAccessExpression(node)) return `<${node.name.text}>`;
  if (ts.isElementAccessExpression(node)) return hole(node.expression, values);
  if (ts.isBinaryExpression(node)) return hole(node.left, values);
  return ts.isCallExpression(node) ? holeOfCall(node, values) : '<…>';
}

/** A call in a sentence, shown by its main value: `formatId(id)` as the id, `names.join(', ')` as the names. */
function holeOfCall({ arguments: all, expression }: ts.CallExpression, values: Values): string {
  if (ts.isPropertyAccessExpression(expression)) {
    const target = expression.expression;
    return target.getText() === 'Object' && all[0] !== undefined
      ? hole(all[0], values)
      : hole(target, values);
  }
  return all[0] === undefined ? '<…>' : hole(all[0], values);
}

/** The text of a `const` of the same function. */
function constant(name: ts.Identifier): string | undefined {
  const scope = enclosing(name)?.node ?? name.getSourceFile();
  const [declared] = find(scope, (node): ts.Expression[] =>
    ts.isVariableDeclaration(node) &&
    node.name.getText() === name.text &&
    node.initializer !== undefined &&
    isText(node.initializer)
      ? [node.initializer]
      : [],
  );
  return declared === undefined ? undefined : render(declared, NONE);
}
