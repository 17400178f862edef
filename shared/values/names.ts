/** `auditLog` and `audit-log` as `AUDIT_LOG`: the form of environment variables. */
export function toVariable(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** A small, stable number for a name, to spread what would otherwise begin at one moment. FNV-1a, 32 bits. */
export function hashBelow(name: string, below: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % below;
}

/**
 * What one name of a path in storage may be. Every name that a version wrote is one: of connectors, instances, sources,
 * Log-Types, tables, rules, backfills, days, times and runs. `..` and `a/b` are none, so that a name never reaches into
 * another folder.
 */
const NAME = /^(?!\.)[\w.:()-]{1,200}$/;

/** True for what may be a name in the path of a blob. */
export function isPathSegment(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}
