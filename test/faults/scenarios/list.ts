import type { Scenario } from '../scenario';
import { backfill } from './backfill';
import { webhook } from './webhook';
import { dataCollector } from './data-collector';
import { pull } from './pull';

/** Every scenario. */
export const SCENARIOS: readonly Scenario[] = [pull, backfill, dataCollector, webhook];
