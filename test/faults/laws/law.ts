import type { TestEnvironment } from '../test-environment';

/** What holds in every case, whatever breaks; judged at the end. To add a law, add a file here and a line to the list. */
export interface Law {
  readonly name: string;
  /** What it requires, as a sentence. */
  readonly description: string;
  /** A sentence for each violation. */
  violations(environment: TestEnvironment): readonly string[];
}
