/**
 * Options of `fork` that give a child its own process group. A signal to the group of `npm start`, as a service manager
 * or a closing terminal sends it, then reaches `npm start` alone, which ends its children in order: storage last. Windows
 * has no such signal, and would open a window.
 */
export const OWN_PROCESS_GROUP = { detached: process.platform !== 'win32' } as const;
