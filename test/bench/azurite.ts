import { startAzurite } from '../../local/storage/azurite';

/* Azurite for the bench; it ends with the bench. */

const [entry = '', folder = ''] = process.argv.slice(2);
void startAzurite({ entry, folder }).then(({ connectionString, stop }) => {
  process.send?.({ connectionString });
  process.on('disconnect', () => void stop().then(() => process.exit(0)));
});
