/** Returns the given object from its constructor, so that the class below adds its private field to that object. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- the constructor is its purpose
class Given {
  constructor(holder: object) {
    return holder;
  }
}

/**
 * The members of an object that are numbers kept as text, in a private field of that object. A `WeakMap` with millions of
 * objects would stop the process for seconds whenever it grows or memory is collected.
 */
class NumberNames extends Given {
  #names: Set<string>;

  private constructor(holder: object, names: Set<string>) {
    super(holder);
    this.#names = names;
  }

  /** @param alone a set of only this name, which many objects share, so that not each object needs its own */
  static note(holder: object, name: string, alone: Set<string>): void {
    if (!(#names in holder)) new NumberNames(holder, alone);
    else if (holder.#names.size === 1) holder.#names = new Set([...holder.#names, name]);
    else holder.#names.add(name);
  }

  static has(holder: object, name: string): boolean {
    return #names in holder && holder.#names.has(name);
  }
}

/** A set of only the last noted name: most records have the same names. */
let alone = new Set<string>();

/** Remembers a number that stayed text. */
export function noteNumber(holder: object, name: string): void {
  if (!alone.has(name)) alone = new Set([name]);
  NumberNames.note(holder, name, alone);
}

/**
 * True when a parsed object's member is a number that stayed text because no number holds it. Not known for the elements of
 * an array, or for a copy of the object.
 */
export function isNumberAsText(holder: object, name: string): boolean {
  return NumberNames.has(holder, name);
}
