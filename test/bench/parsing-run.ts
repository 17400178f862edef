import { parseInPieces } from '../../shared/values/json/incremental-parse';
import { blocksOf, threadMs } from './event-loop';
import { NUMBERS, ORDINARY } from './hostile-json';

/* Compares our JSON parser with the engine's own on the same bytes, in turns. */

interface ParsingTask {
  readonly bytes: number;
  readonly rounds: number;
}

process.once('message', (task: ParsingTask) => {
  void measure(task).then((measured) => process.send?.(measured, () => process.exit(0)));
});

/** @returns the cost of the parser in pieces as a multiple of the engine's own, for each kind of body */
async function measure({ bytes, rounds }: ParsingTask): Promise<Readonly<Record<string, number>>> {
  const ratios: Record<string, number> = {};
  for (const [name, shape] of Object.entries({ ...ORDINARY, ...NUMBERS })) {
    const body = Buffer.from(shape(bytes));
    const [own, engine]: [number[], number[]] = [[], []];
    // The first round is not counted, because the code is compiled in it.
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
