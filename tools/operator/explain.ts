import { writeFileSync } from 'node:fs';
import type { Explanation } from '../../shared/contract/explanation';
import { stringifyJson } from '../../shared/kit/json';
import { inFolder } from '../in-folder';
import { EXIT } from '../run';
import { explainHtml } from './explain-html';
import { explainText } from './explain-text';
import { atDesk, idOf, say, type DeskCommand } from './session';
import { parseTime } from './time';

/** The options of `tributary explain`. */
export interface ExplainCommand extends DeskCommand {
  readonly from: string;
  readonly to: string;
  readonly html?: boolean;
  readonly out?: string;
}

/** `tributary explain`: what became of a source's events in a stretch of time, for an auditor. @returns the exit code; 0 whatever the verdict */
export async function explain(root: string, target: string, options: ExplainCommand): Promise<number> {
  const now = new Date();
  const [from, to] = [parseTime(options.from, now), parseTime(options.to, now)];
  if (from >= to) throw new Error('--from must be before --to.');
  return atDesk(root, { ...options, target, isReading: true }, async (session) => {
    const id = await idOf(session, target);
    const explanation = commandsIn(await session.desk.explain(id, from, to), options);
    const text =
      options.json === true
        ? stringifyJson(explanation)
        : options.html === true
          ? explainHtml(explanation)
          : explainText(explanation);
    if (options.out === undefined) say(text);
    else writeFileSync(options.out, `${text}\n`);
    return EXIT.fine;
  });
}

/** The commands that it suggests, as they find the folder that it was asked about. */
function commandsIn(explanation: Explanation, { connectors, data }: DeskCommand): Explanation {
  return {
    ...explanation,
    commands: explanation.commands.map((command) => inFolder(command, data, connectors)),
    gaps: explanation.gaps.map((gap) =>
      gap.command === undefined ? gap : { ...gap, command: inFolder(gap.command, data, connectors) },
    ),
  };
}
