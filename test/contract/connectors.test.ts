import { folders } from '../../connectors/list';
import { describeConnectors } from './connector.contract';

describeConnectors(folders());
