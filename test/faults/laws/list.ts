import { forgedMessages } from './forged-messages';
import type { Law } from './law';
import { liveness } from './liveness';
import { progress } from './progress';
import { damagedBlobs } from './damaged-blobs';
import { unsignedParts } from './unsigned-parts';

/** Every law that each case is judged by. */
export const LAWS: readonly Law[] = [progress, liveness, forgedMessages, damagedBlobs, unsignedParts];
