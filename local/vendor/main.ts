import { folders } from '../../connectors/list';
import { runChild } from './child';

runChild(process, folders);
