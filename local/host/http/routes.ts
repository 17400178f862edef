/** The route of a request, with its decoded parameters. */
export interface RouteMatch<T> {
  readonly target: T;
  readonly params: Readonly<Record<string, string>>;
}

export interface Route<T> {
  /** With the prefix, as in `api/push/{connector}/{*rest}`. */
  readonly template: string;
  readonly methods: readonly string[];
  readonly target: T;
}

interface Segment {
  readonly pattern: string;
  /** The lowest goes first: literal, constrained, plain, catch-all. */
  readonly rank: number;
}

const CONSTRAINTS: Readonly<Record<string, string>> = {
  int: '-?\\d+',
  long: '-?\\d+',
  decimal: '-?\\d+(?:\\.\\d+)?',
  double: '-?\\d+(?:\\.\\d+)?',
  float: '-?\\d+(?:\\.\\d+)?',
  bool: 'true|false',
  alpha: '[A-Za-z]+',
  guid: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
};
/** `{name}`, `{name?}`, `{*name}`, `{name:int}`, `{name:int?}`, `{name=default}`. */
const PARAMETER = /\{(\*{0,2})(\w+)((?::[^}:=?]+(?:\([^)]*\))?)*)(=[^}?]*)?(\??)\}/g;

/**
 * Finds the function of a request's path as ASP.NET's routing does: case-insensitive, the most literal template first. Type
 * constraints are checked; others (`range`, `regex`, …) are ignored. The path must be decodable.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#customize-the-http-endpoint
 */
export function createRouter<T>(
  routes: readonly Route<T>[],
): (method: string, path: string) => RouteMatch<T> | undefined {
  const compiled = routes.map(compile).sort((a, b) => compareRanks(a.ranks, b.ranks));
  return (method, path) => {
    for (const { route, pattern, names, defaults } of compiled) {
      if (!route.methods.includes(method.toUpperCase())) continue;
      const match = pattern.exec(path);
      if (match === null) continue;
      const params: Record<string, string> = { ...defaults };
      names.forEach((name, index) => {
        const value = match[index + 1];
        if (value !== undefined && value !== '') params[name] = decodeURIComponent(value);
      });
      return { target: route.target, params };
    }
    return undefined;
  };
}

function compile<T>(route: Route<T>) {
  const names: string[] = [];
  const defaults: Record<string, string> = {};
  const segments = route.template
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => compileSegment(segment, names, defaults));
  const pattern = new RegExp(`^${segments.map((segment) => segment.pattern).join('')}/?$`, 'i');
  return { route, pattern, names, defaults, ranks: segments.map((segment) => segment.rank) };
}

function compileSegment(segment: string, names: string[], defaults: Record<string, string>): Segment {
  const parameters = [...segment.matchAll(PARAMETER)].map(readParameter);
  let pattern = '';
  let end = 0;
  for (const parameter of parameters) {
    pattern += `${escape(segment.slice(end, parameter.start))}(${parameter.pattern})`;
    end = parameter.end;
    names.push(parameter.name);
    if (parameter.otherwise !== undefined) defaults[parameter.name] = parameter.otherwise;
  }
  pattern += escape(segment.slice(end));
  const isOptional = parameters.some((parameter) => parameter.isOptional);
  const rank = Math.max(0, ...parameters.map((parameter) => parameter.rank));
  return { pattern: isOptional ? `(?:/${pattern})?` : `/${pattern}`, rank };
}

function readParameter(match: RegExpMatchArray) {
  const [whole, stars = '', name = '', constraints = '', otherwise = '', mark = ''] = match;
  const start = match.index ?? 0;
  const isRest = stars !== '';
  return {
    name,
    start,
    end: start + whole.length,
    pattern: isRest ? '.*' : valuePattern(constraints),
    otherwise: otherwise === '' ? undefined : otherwise.slice(1),
    isOptional: isRest || mark === '?' || otherwise !== '',
    rank: isRest ? 3 : constraints === '' ? 2 : 1,
  };
}

function valuePattern(constraints: string): string {
  const known = constraints.split(':').find((constraint) => constraint in CONSTRAINTS);
  return known === undefined ? '[^/]+?' : (CONSTRAINTS[known] ?? '');
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}
