import { startAzurite } from '../../local/storage/azurite';

/* Real storage for the bench, ending with it. */

const [entry = '', folder = ''] = process.argv.slice(2);
void startAzurite({ entry, folder }).then(({ connectionString, stop }) => {
  process.send?.({ connectionString });
  process.on('disconnect', () => void stop().then(() => process.exit(0)));
});
