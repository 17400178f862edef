/** The process's variables, or any others. */
export type Environment = Readonly<Record<string, string | undefined>>;
