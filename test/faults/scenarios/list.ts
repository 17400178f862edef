import type { Journey } from '../scenario';
import { backfill } from './backfill';
import { hooks } from './webhook';
import { logs } from './data-collector';
import { pull } from './pull';

/** Every way in that is proven. */
export const JOURNEYS: readonly Journey[] = [pull, backfill, logs, hooks];
