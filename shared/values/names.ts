/** `auditLog` and `audit-log` as `AUDIT_LOG`: the form of environment variables. */
export function toVariable(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** A stable number below a limit for a name, to spread work that would otherwise start at one moment. FNV-1a, 32 bits. */
export function hashBelow(name: string, below: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % below;
}

/**
 * A segment of a path in storage. It allows all names of connectors, instances, sources, Log-Types, tables, rules,
 * backfills, days, times and runs that any version wrote. `..` and `a/b` are invalid, so that a name never leads to another
 * folder.
 */
const NAME = /^(?!\.)[\w.:()-]{1,200}$/;

/** True for a valid segment of a blob's path. */
export function isPathSegment(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}
