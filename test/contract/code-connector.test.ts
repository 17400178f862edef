import { join } from 'node:path';
import * as acmeExport from '../fixtures/acme-export';
import { describeConnectors } from './connector.contract';

/* The contract on the sample connector in code: a token, a list in pages, and an export that is waited for. */

const path = join(__dirname, '../fixtures/acme-export');
describeConnectors([{ name: 'acme-export', path, load: () => acmeExport }]);
