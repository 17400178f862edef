import type { Journey } from '../journey';
import { pull } from './pull';
import { push } from './push';

/** Every way in that is proven. */
export const JOURNEYS: readonly Journey[] = [pull, push];
