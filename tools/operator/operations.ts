/* The code of the operators' commands, in one module, so that the command line loads it for those commands alone. */
export { changeBackfill, listBackfills, showBackfill, startBackfill } from './backfill';
export { explain } from './coverage/explain';
export { reconcile } from './coverage/reconcile';
export { dropDeadLetters, listDeadLetters, replayDeadLetters, showDeadLetter } from './dead-letters';
export { pause, resume } from './pause';
export { adoptState, listStates, resetState, setState, showState } from './state';
export { exportStates, importStates } from './state-export';
export { restoreState } from './state-restore';
export { tables } from './tables';
