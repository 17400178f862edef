/**
 * Makes a forked part a process group of its own. A signal to the whole group of `npm start`, as a service manager or a
 * closing terminal sends it, then reaches `npm start` alone, which ends its parts in order: none ends before those that
 * still write to it. Windows knows no such signal, and would open a window.
 */
export const OWN_PROCESS_GROUP = { detached: process.platform !== 'win32' } as const;
