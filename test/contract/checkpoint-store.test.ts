import { memoryCheckpoints } from '../fakes/memory-checkpoints';
import { describeCheckpointStore } from './checkpoint-store.contract';

const store = memoryCheckpoints();

describeCheckpointStore('the fake', async () => store, {
  damage: async (id, text) => store.damage(id, text),
});
