import type { Scene } from '../test-environment';

/** What holds in every case, whatever breaks: judged when all is over. Another one is another file here, and its line in the list. */
export interface Law {
  readonly name: string;
  /** What it demands, as a sentence. */
  readonly says: string;
  /** What broke it, a sentence each. */
  broken(scene: Scene): readonly string[];
}
