import type { Law } from './law';
import { liveness } from './liveness';
import { progress } from './progress';

/** Every law that each case is judged by. */
export const LAWS: readonly Law[] = [progress, liveness];
