/** Environment variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** The value of an app setting. Names are case-insensitive, as in .NET's configuration. */
export function findSetting(environment: Environment, name: string): string | undefined {
  const exact = environment[name];
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  return Object.entries(environment).find(([key]) => key.toLowerCase() === lower)?.[1];
}

/**
 * Replaces each `%NAME%` by the app setting of that name, as the host does in schedules and queue names.
 * @throws Error naming the setting that is missing
 */
export function expandSettings(text: string, environment: Environment): string {
  return text.replace(/%([^%\s]+)%/g, (whole, name: string) => {
    const value = findSetting(environment, name);
    if (value === undefined)
      throw new Error(
        `${whole} names the app setting ${name}, which is not set. Set it, or write the value itself.`,
      );
    return value;
  });
}
