/** The variables that say what time it is for a process; see `test/at-time`. */
const CLOCK = /^(?:TZ|LANG|LD_PRELOAD|FAKETIME.*)$/;

/** What a child with variables of its own still needs of ours: where programs are, and our clock. */
export function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && (name === 'PATH' || CLOCK.test(name)) ? [[name, value]] : [],
    ),
  );
}
