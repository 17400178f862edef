import type { Row } from '../contract/table';
import type { Clock, Log } from '../contract/run';
import { HEALTH_TABLE } from '../rows/health';
import { send } from '../rows/send';
import type { InstanceSettings } from '../settings/settings';
import { readSink } from '../sink/sink';

/** A health row must not hold up what it tells of. */
const HEALTH_TIME_MS = 10_000;

/** Sends a row to `ConnectorHealth_CL`, through the sink of the instance that it tells of. @throws as a sink does */
export async function sendHealth(
  row: Row,
  instance: Pick<InstanceSettings, 'env'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<void> {
  const deadline = new Date(clock.now().getTime() + HEALTH_TIME_MS);
  const signal = AbortSignal.timeout(HEALTH_TIME_MS);
  const sink = readSink(instance.env)({ who: 'health', deadline, signal, clock, log });
  await send(sink, HEALTH_TABLE, [{ text: sink.encode(HEALTH_TABLE, row), row }]);
}
