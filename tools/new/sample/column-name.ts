import { FRAMEWORK_COLUMNS } from '../../../shared/contract/table';
import { MAX_NAME, RESERVED_COLUMNS } from '../../../shared/kit/table-problems';
import { pascalCase } from '../names';

const TAKEN = [...Object.keys(FRAMEWORK_COLUMNS), ...RESERVED_COLUMNS].map((name) => name.toLowerCase());

/**
 * Assigns each member a unique column name: PascalCase, short enough, not reserved. Names that differ only in case count as
 * equal.
 */
export function columnNamer(): (names: readonly string[]) => string {
  const taken = new Set(TAKEN);
  return (names) => {
    const wanted = shorten(names);
    const name = [wanted, `Record${wanted}`.slice(0, MAX_NAME), ...numbered(wanted)].find(
      (each) => !taken.has(each.toLowerCase()),
    );
    taken.add((name ?? wanted).toLowerCase());
    return name ?? wanted;
  };
}

/** The whole path, or its last names if it is too long: the end describes the value. */
function shorten(names: readonly string[]): string {
  const fits = names.map((_, from) => legal(names.slice(from))).find(({ length }) => length <= MAX_NAME);
  return fits ?? legal(names.slice(-1)).slice(0, MAX_NAME);
}

function legal(names: readonly string[]): string {
  const name = names.map(pascalCase).join('');
  return /^[A-Z]/.test(name) ? name : `Field${name}`;
}

function numbered(name: string): readonly string[] {
  return Array.from({ length: 1_000 }, (_, i) => `${name.slice(0, MAX_NAME - 4)}${i + 2}`);
}
