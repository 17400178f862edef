import { join } from 'node:path';
import { foldersIn } from '../../connectors/list';
import { describeConnectors } from './connector.contract';

/* The contract on the invented connectors that the tests use: one of every kind. */

describeConnectors(foldersIn(join(__dirname, '../fixtures/connectors')));
