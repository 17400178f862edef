import { join } from 'node:path';
import { foldersIn } from '../../connectors/list';
import { describeConnectors } from './connector.contract';

/* The contract on the invented connectors: there is one of every kind. */

/** How many sources are checked wholly in one run. */
const MOST = 6;

describeConnectors(foldersIn(join(__dirname, '../fixtures/connectors')), MOST);
