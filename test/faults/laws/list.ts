import { forged } from './forged-messages';
import type { Law } from './law';
import { liveness } from './liveness';
import { progress } from './progress';
import { spoiled } from './damaged-blobs';
import { unsigned } from './unsigned-parts';

/** Every law that each case is judged by. */
export const LAWS: readonly Law[] = [progress, liveness, forged, spoiled, unsigned];
