import { startRowCounter } from './row-counter';

/* The counting workspace in its own process. It ends with its parent. */

process.on('disconnect', () => process.exit(0));
void startRowCounter().then(({ rows, url }) => {
  process.send?.({ url });
  process.on('message', () => process.send?.({ rows: rows() }));
});
