import { join } from 'node:path';
import { foldersIn } from '../../connectors/list';
import { describeConnectors } from './connector.contract';

/* The contract on the invented connectors: one of every kind. */

describeConnectors(foldersIn(join(__dirname, '../fixtures/connectors')));
