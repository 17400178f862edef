import type { RestSpec, RestTime } from '../../../contract/rest';
import { coarseStepMs, isAgo, patternOf } from '../time-format';
import { wrong } from './declaration-error';

/** @throws ContractError when a bound cannot be written as declared, or the read could not go on by it */
export function checkTimes(spec: RestSpec): void {
  const { next, since, until, window } = spec;
  for (const [member, bound] of Object.entries({ since, until })) {
    if (bound === undefined) continue;
    checkPattern(`${member}.format`, bound.format);
    if (isAgo(bound.format) && (member === 'until' || bound.exclusive === true)) {
      throw wrong(
        `${member}.format`,
        'a time that is sent as "ago" moves with the clock, and cannot be the end of a window',
        'Give it to since, without exclusive',
      );
    }
  }
  const stepMs = coarseStepMs([since, until]);
  if (next.kind === 'time' && (stepMs > 0 || isAgo(since?.format))) {
    throw wrong(
      'since.format',
      'paging by time continues at the newest time of a page, which this format cannot express',
      'Name a format with seconds, or another paging',
    );
  }
  if (stepMs > 0 && window?.maxMs !== undefined && window.maxMs < 2 * stepMs) {
    throw wrong(
      'window.maxMs',
      `a range that begins within one step of the format and ends within the next asks for both, ${2 * stepMs} ms`,
      'Declare at least as long a range',
    );
  }
}

function checkPattern(member: string, format: RestTime['format']): void {
  try {
    patternOf(format);
  } catch (error) {
    throw wrong(member, (error as Error).message, 'Write letters that are text in single quotes');
  }
}
