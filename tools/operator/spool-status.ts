import { parseTarget } from '../cli/target';
import type { Session } from './admin-session';
import { formatId } from '../../shared/contract/checkpoint';
import type { SpoolStatus } from '../../shared/admin';

/** The sources that something was ever pushed to and that the words name; all where there are none. */
export async function spooledOf({ app }: Session, target: string | undefined): Promise<SpoolStatus[]> {
  const all = (await app.spool()).sort((a, b) => (formatId(a) < formatId(b) ? -1 : 1));
  if (target === undefined) return all;
  const { connector, instance, source } = parseTarget(target);
  return all.filter(
    (one) =>
      one.connector === connector &&
      (source ?? one.source) === one.source &&
      (instance ?? one.instance) === one.instance,
  );
}
