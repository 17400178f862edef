import { bare } from './bare-loop';
import { pullAll } from './pull';
import { microsoftSdk, ourSink } from './sink';
import type { Measured, Task } from './task';

/* Runs one measurement in its own process, so that it does not warm up another or fill its memory. */

const MEASURE: Readonly<Record<Task['kind'], (task: Task) => Promise<Measured>>> = {
  bare: (task) => bare(task, true),
  'bare-without-rows': (task) => bare(task, false),
  pull: (task) => pullAll(task, false),
  'pull-stored': (task) => pullAll(task, true),
  sink: ourSink,
  sdk: microsoftSdk,
};

process.once('message', (task: Task) => {
  const measure = MEASURE[task.kind];
  // First a tenth of the work, so that the measured code is compiled.
  void measure({ ...task, pages: Math.max(1, Math.ceil(task.pages / 10)) })
    .then(() => measure(task))
    .then((measured) => {
      const maxRssBytes = process.resourceUsage().maxRSS * 1_024;
      globalThis.gc?.();
      process.send?.({ ...measured, maxRssBytes, heapBytes: process.memoryUsage().heapUsed }, () =>
        process.exit(0),
      );
    });
});
