import { print } from '../cli/output';
import { actor, withAdmin, idsOf, type AdminCommand } from './admin-session';
import { formatId } from '../../shared/contract/checkpoint';

/** The options of `tributary pause`. */
export interface PauseCommand extends AdminCommand {
  readonly reason?: string;
}

/** `tributary pause`: stops each source that the target names, until it is resumed. @returns the exit code */
export function pause(root: string, target: string, options: PauseCommand): Promise<number> {
  return withAdmin(root, { ...options, target }, async (session) => {
    const by = actor(options);
    const paused = [];
    for (const id of await idsOf(session, target))
      paused.push({ ...id, pause: await session.admin.pause(id, by, options.reason) });
    if (options.json === true) print({ paused });
    else {
      for (const { pause: made, ...id } of paused)
        print(
          `${formatId(id)} is paused by ${made.by} since ${made.since}. A run in progress stops by itself.`,
        );
    }
    return 0;
  });
}

/** `tributary resume`: lets each source that the target names run again. @returns the exit code */
export function resume(root: string, target: string, options: AdminCommand): Promise<number> {
  return withAdmin(root, { ...options, target }, async (session) => {
    const by = actor(options);
    const resumed = [];
    for (const id of await idsOf(session, target))
      resumed.push({ ...id, pause: (await session.admin.resume(id, by)) ?? null });
    if (options.json === true) print({ resumed });
    else {
      for (const { pause: ended, ...id } of resumed)
        print(
          ended === null
            ? `${formatId(id)} was not paused.`
            : ended === 'damaged'
              ? `${formatId(id)} is resumed; its pause was damaged.`
              : `${formatId(id)} is resumed; it was paused by ${ended.by} since ${ended.since}.`,
        );
    }
    return 0;
  });
}
