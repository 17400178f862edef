import type { Journey } from '../journey';
import { backfill } from './backfill';
import { hooks } from './hooks';
import { logs } from './logs';
import { pull } from './pull';

/** Every way in that is proven. */
export const JOURNEYS: readonly Journey[] = [pull, backfill, logs, hooks];
