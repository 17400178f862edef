/** One link of a `Link` header. */
export interface Link {
  /** As it stands in the header: absolute, or relative to the address that was asked. */
  readonly target: string;
  /** The relation types, in lower case. */
  readonly rels: readonly string[];
}

const TARGET = /[\s,]*<([^>]*)>/y;
const PARAMETER = /\s*;\s*(?:([^\s=;,"]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?)?/y;

/**
 * The links of a `Link` header, in order. A link about another resource (one with an `anchor`) is left out;
 * what cannot be read ends the list.
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function parseLinks(header: string): readonly Link[] {
  const links: Link[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header) ?? undefined;
    if (match !== undefined) at = pattern.lastIndex;
    return match;
  };
  for (let target = take(TARGET); target !== undefined; target = take(TARGET)) {
    const parameters = new Map<string, string>();
    for (let found = take(PARAMETER); found !== undefined; found = take(PARAMETER)) {
      const name = found[1]?.toLowerCase();
      // The first of each name counts.
      if (name !== undefined && !parameters.has(name))
        parameters.set(name, unquote(found[2]) ?? found[3] ?? '');
    }
    if (parameters.has('anchor')) continue;
    const rels = (parameters.get('rel') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    links.push({ target: target[1] ?? '', rels });
  }
  return links;
}

/** The target of the first link with this relation. */
export function findLink(header: string | undefined, rel: string): string | undefined {
  return parseLinks(header ?? '').find(({ rels }) => rels.includes(rel.toLowerCase()))?.target;
}

function unquote(text: string | undefined): string | undefined {
  return text?.replace(/\\(.)/g, '$1');
}
