import type { Connector } from '../../shared/contract/connector';
import { loadConnectors } from '../../shared/load';
import { createEndpoint } from './vendor-endpoint';
import { rulesOf, type VendorFolder } from './simulated';
import { type Vendor, startVendor } from './vendor';
import type { BrokenFolder } from '../../shared/contract/connector-folder';
import type { SimulatedConnector, VendorOptions } from './vendor-options';

/** The parent's start message. */
export interface StartMessage {
  readonly kind: 'start';
  readonly port?: number;
  /** The preferred port, if it is free. */
  readonly preferPort?: number | undefined;
  /** @default true */
  readonly live?: boolean;
  readonly pageSize?: number;
  readonly seed?: number;
  /** When live events started; ISO 8601. */
  readonly bornAt?: string;
  /** The app that receives the vendors' posts. */
  readonly sendTo?: string;
}

/** The child's single answer. */
export type ChildMessage =
  | {
      readonly kind: 'ready';
      readonly url: string;
      /** The values of every connector's settings. */
      readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
      readonly broken: readonly BrokenFolder[];
      /** Why a connector's vendor cannot be simulated, by connector. It has no settings then. */
      readonly unplayable: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'failed'; readonly message: string };

/** The part of a forked process that is used here. */
export interface ForkedProcess {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect' | 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  /** The callback receives the error if the parent has ended. */
  send?(message: ChildMessage, handle: undefined, options: undefined, sent: () => void): unknown;
  exit(code: number): void;
}

/**
 * Runs the simulator in a child process: starts on the parent's message, sends its address, and ends when the parent ends or
 * asks it to. Ignores Ctrl-C, which the parent handles.
 */
export function runChild(self: ForkedProcess, folders: () => readonly VendorFolder[]): void {
  let vendor: Promise<Vendor> | undefined;
  const end = (): void => {
    void (vendor ?? Promise.resolve(undefined))
      .then((running) => running?.close())
      .catch(() => undefined)
      .then(() => self.exit(0));
  };
  const say = (message: ChildMessage): void =>
    void self.send?.(message, undefined, undefined, () => undefined);
  self.on('disconnect', end);
  self.on('SIGTERM', end);
  self.on('SIGINT', () => undefined);
  self.on('message', (message) => {
    if (!isStart(message) || vendor !== undefined) return;
    const { connectors, broken } = loadConnectors(folders());
    const { played, unplayable } = playable(connectors, folders(), message);
    vendor = startAll(played, message);
    vendor.then(
      ({ sendTo, settings, url }) => {
        if (message.sendTo !== undefined) sendTo(message.sendTo);
        const values = Object.fromEntries(played.map(({ connector: { name } }) => [name, settings(name)]));
        say({ kind: 'ready', url, settings: values, broken, unplayable });
      },
      (error: unknown) => {
        say({ kind: 'failed', message: (error as Error).message });
        self.exit(1);
      },
    );
  });
}

/** The vendors that can be simulated. A folder with a broken simulator.ts or broken fixtures is left out. */
function playable(
  connectors: readonly Connector[],
  folders: readonly VendorFolder[],
  message: StartMessage,
): { readonly played: readonly SimulatedConnector[]; readonly unplayable: Readonly<Record<string, string>> } {
  const unplayable: Record<string, string> = {};
  const played = connectors.flatMap((connector): SimulatedConnector[] => {
    const folder = folders.find(({ name }) => name === connector.name);
    try {
      const rules = rulesOf(folder);
      const one = { connector, folder: folder?.path ?? '', ...(rules === undefined ? {} : { rules }) };
      createEndpoint(optionsOf([one], message)).stop();
      return [one];
    } catch (error) {
      unplayable[connector.name] = error instanceof Error ? error.message : String(error);
      return [];
    }
  });
  return { played, unplayable };
}

function optionsOf(
  connectors: readonly SimulatedConnector[],
  { live = true, pageSize, seed, bornAt }: StartMessage,
): VendorOptions {
  return {
    connectors,
    live,
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(seed === undefined ? {} : { seed }),
    ...(bornAt === undefined ? {} : { bornAt: new Date(bornAt) }),
  };
}

async function startAll(played: readonly SimulatedConnector[], message: StartMessage): Promise<Vendor> {
  const { port, preferPort } = message;
  const options = optionsOf(played, message);
  if (preferPort === undefined) return startVendor({ ...options, ...(port === undefined ? {} : { port }) });
  try {
    return await startVendor({ ...options, port: preferPort });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startVendor(options);
  }
}

function isStart(message: unknown): message is StartMessage {
  return (message as Partial<StartMessage> | null)?.kind === 'start';
}
