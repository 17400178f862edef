import type { Journey } from '../journey';
import { pull } from './pull';

/** Every way in that is proven. */
export const JOURNEYS: readonly Journey[] = [pull];
