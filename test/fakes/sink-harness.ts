import type { RawRecord } from '../../shared/contract/connector';
import type { Sink } from '../../shared/contract/sink';
import type { Table } from '../../shared/contract/table';
import { compileFormat } from '../../shared/rows/format-page';
import { send } from '../../shared/rows/send-rows';
import { readSink } from '../../shared/sink/sink';
import { dedupAtWatermark } from '../../shared/windows/watermark';
import { COLLECTOR, startCollector, type Collector } from './collector';
import { fakeClock, type FakeClock } from './fake-clock';
import { scriptedSource, SAMPLE_TABLE } from './scripted-source';
import { silentLog } from './silent-log';
import type { Environment } from '../../shared/settings/environment';

/** A real sink with a collector on this machine. */
export interface SinkHarness {
  readonly collector: Collector;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof silentLog>;
  /** The sink with the collector's settings, some of them replaced. */
  sink(env?: Environment): Sink;
  /** Formats and sends records as a run does; returns the event ids of refused rows. */
  deliver(sink: Sink, records: readonly RawRecord[], table?: Table): Promise<string[]>;
}

const opened: Collector[] = [];

/** Starts a collector, for the sink that is named. */
export async function sinkHarness(name: Sink['name'], streams?: readonly string[]): Promise<SinkHarness> {
  const collector = await startCollector(streams);
  opened.push(collector);
  const [clock, log] = [fakeClock(), silentLog()];
  const common = {
    SINK: name,
    LOGS_INGESTION_ENDPOINT: collector.url,
    DCR_IMMUTABLE_ID: COLLECTOR.rule,
    LOG_ANALYTICS_URI: collector.url,
    WORKSPACE_ID: COLLECTOR.workspaceId,
    WORKSPACE_KEY: COLLECTOR.workspaceKey,
  };
  return {
    collector,
    clock,
    log,
    sink: (env = {}) => {
      const deadline = new Date(clock.now().getTime() + 600_000);
      const { signal } = new AbortController();
      return readSink({ ...common, ...env })({ who: 'acme/alerts', deadline, signal, clock, log });
    },
    async deliver(sink, records, table = SAMPLE_TABLE) {
      const walk = dedupAtWatermark(undefined);
      walk.beginPage(false, clock.now().toISOString());
      const options = { instance: 'default', startedAt: clock.now(), sink };
      const { encoded } = compileFormat(scriptedSource([], { table }), options, walk)(records);
      return (await send(sink, table, encoded)).map(({ row }) => row.eventId);
    },
  };
}

/** For `afterEach`: ends every collector that a test started. */
export async function closeSinkHarnesses(): Promise<void> {
  await Promise.all(opened.splice(0).map(async ({ close }) => close()));
}
