import { startHost } from '../../local/host/host';

/* The function host with the built app and an empty function beside it. It ends with its parent. */

interface HostTask {
  readonly entry: string;
  readonly worker: string;
  readonly hostJson: string;
  readonly storage: string;
  readonly environment: Readonly<Record<string, string>>;
}

process.once('message', ({ storage, worker, ...task }: HostTask) => {
  void startHost({
    ...task,
    workerEntry: worker,
    port: 0,
    hostId: 'bench',
    storageConnectionString: storage,
    onLog: () => undefined,
  }).then((host) => {
    process.send?.({ url: host.url });
    process.on('disconnect', () => void host.stop().then(() => process.exit(0)));
  });
});
