import { forged } from './forged';
import type { Law } from './law';
import { liveness } from './liveness';
import { progress } from './progress';
import { spoiled } from './spoiled';
import { unsigned } from './unsigned';

/** Every law that each case is judged by. */
export const LAWS: readonly Law[] = [progress, liveness, forged, spoiled, unsigned];
