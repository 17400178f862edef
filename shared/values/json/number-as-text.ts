/** Returns the given object from its constructor, so that the class below adds its private field to that object. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- the constructor is its purpose
class Given {
  constructor(holder: object) {
    return holder;
  }
}

/**
 * Which members of an object are numbers that were kept as text: a field of the object that nothing else sees. Millions
 * of objects in a `WeakMap` stop the process for seconds, whenever the map grows and memory is collected.
 */
class NumberNames extends Given {
  #names: Set<string>;

  private constructor(holder: object, names: Set<string>) {
    super(holder);
    this.#names = names;
  }

  /** @param alone of this one name: many objects share it, so that none is made for each */
  static note(holder: object, name: string, alone: Set<string>): void {
    if (!(#names in holder)) new NumberNames(holder, alone);
    else if (holder.#names.size === 1) holder.#names = new Set([...holder.#names, name]);
    else holder.#names.add(name);
  }

  static has(holder: object, name: string): boolean {
    return #names in holder && holder.#names.has(name);
  }
}

/** The name that was noted last, alone: records have the same names. */
let alone = new Set<string>();

/** Remembers a number that stayed text. */
export function noteNumber(holder: object, name: string): void {
  if (!alone.has(name)) alone = new Set([name]);
  NumberNames.note(holder, name, alone);
}

/**
 * True when a parsed object's member is a number that stayed text because no number holds it. Of an array's elements,
 * and of a copy, it is not known.
 */
export function isNumberAsText(holder: object, name: string): boolean {
  return NumberNames.has(holder, name);
}
