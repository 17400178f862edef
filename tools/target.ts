/** What the words `connector[/source][@instance]` name. */
export interface Target {
  readonly connector: string;
  readonly source: string | undefined;
  readonly instance: string | undefined;
}

/** Reads a target. @throws Error that shows how one is written */
export function parseTarget(text: string): Target {
  const match = /^([a-z0-9-]+)(?:\/([A-Za-z0-9_]+))?(?:@([a-z0-9_-]+))?$/.exec(text);
  if (match === null)
    throw new Error(
      `${text} names no connector. Write connector, connector/source or connector/source@instance.`,
    );
  return { connector: match[1] ?? '', source: match[2], instance: match[3] };
}
