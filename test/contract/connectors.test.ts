import { folders } from '../../connectors/list';
import { describeConnectors } from './connector.contract';

/** The folders that `tributary check` checks, comma-separated; every folder if it is not set. */
const only = process.env['CONTRACT_ONLY']?.split(',');

/** How many sources `npm test` checks wholly. `tributary check` checks all. */
const MOST = 6;

describeConnectors(
  folders().filter(({ name }) => only?.includes(name) ?? true),
  only === undefined ? MOST : undefined,
);
