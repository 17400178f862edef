import { writeFileSync } from 'node:fs';
import { stringifyJson } from '../../../shared/values/json/json';
import { EXIT } from '../../cli/run';
import { asSuggested, sayAsIs } from '../../cli/say';
import { explainHtml } from './explain-html';
import { explainText } from './explain-text';
import { withAdmin, idOf, type AdminCommand } from '../admin-session';
import { parseTime } from '../parse-time';

/** The options of `tributary explain`. */
export interface ExplainCommand extends AdminCommand {
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
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const id = await idOf(session, target);
    const explanation = asSuggested(await session.admin.explain(id, from, to));
    const text =
      options.json === true
        ? stringifyJson(explanation)
        : options.html === true
          ? explainHtml(explanation)
          : explainText(explanation);
    if (options.out === undefined) sayAsIs(text);
    else writeFileSync(options.out, `${text}\n`);
    return EXIT.fine;
  });
}
