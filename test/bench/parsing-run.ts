import { parseInPieces } from '../../shared/values/json/incremental-parse';
import { blocksOf, threadMs } from './event-loop';
import { NUMBERS, ORDINARY } from './hostile-json';

/* Our parser against the engine's own on the same bytes, in turn. */

interface ParsingTask {
  readonly bytes: number;
  readonly rounds: number;
}

process.once('message', (task: ParsingTask) => {
  void measure(task).then((measured) => process.send?.(measured, () => process.exit(0)));
});

/** @returns how many times the engine's own the parser in pieces costs, for each kind of body */
async function measure({ bytes, rounds }: ParsingTask): Promise<Readonly<Record<string, number>>> {
  const ratios: Record<string, number> = {};
  for (const [name, shape] of Object.entries({ ...ORDINARY, ...NUMBERS })) {
    const body = Buffer.from(shape(bytes));
    const [own, engine]: [number[], number[]] = [[], []];
    // One round more than are counted, so that the code is compiled.
    for (let round = 0; round <= rounds; round++) {
      own[round] = (await blocksOf(() => parseInPieces(body))).ms;
      const beganMs = threadMs();
      JSON.parse(body.toString());
      engine[round] = threadMs() - beganMs;
    }
    ratios[name] = Math.round((median(own.slice(1)) / median(engine.slice(1))) * 100) / 100;
  }
  return ratios;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
