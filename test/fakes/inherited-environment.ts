/** The variables that set the clock, zone and locale of a process; see `test/at-time`. */
const CLOCK = /^(?:TZ|LANG|LD_PRELOAD|FAKETIME.*)$/;

/** The variables that a child process with an environment of its own must inherit: `PATH` and the clock. */
export function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && (name === 'PATH' || name === 'NODE_COMPILE_CACHE' || CLOCK.test(name))
        ? [[name, value]]
        : [],
    ),
  );
}
