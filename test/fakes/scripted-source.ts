import type { Connector, PullContext, PullSource, RawRecord } from '../../shared/contract/connector';
import type { Table } from '../../shared/contract/table';
import { dynamic, int, string } from '../../shared/kit/column-makers';

type Records = readonly RawRecord[];

/** One page of a script: its records, an error instead of them, or a function that returns or throws them. */
export type Step = Records | Error | ((context: PullContext) => Records | Promise<Records>);

/** Options of a scripted source. */
export type ScriptOptions = Partial<PullSource> & {
  /** True if the first page of every run reads its lower bound again. */
  readonly rereads?: boolean;
  /** Called with the number of a requested page. */
  readonly onAsk?: (page: number) => void;
};

export const SAMPLE_TABLE: Table = {
  name: 'Sample_CL',
  time: 'at',
  eventId: 'id',
  columns: { Name: string('name'), Severity: int('severity'), Details: dynamic('details') },
};

/** The same table for a vendor without ids. */
export const NO_ID_TABLE: Table = { name: 'NoId_CL', time: 'at', columns: SAMPLE_TABLE.columns };

/**
 * A source that yields the pages of a script. Its position is the number of delivered pages, so that the next run continues
 * there. Pages may be added to the script between two runs.
 */
export function scriptedSource(script: readonly Step[], options: ScriptOptions = {}): PullSource {
  const { rereads, onAsk, ...parts } = options;
  return {
    table: SAMPLE_TABLE,
    async *pull(context) {
      const start = Number(context.checkpoint?.['delivered'] ?? 0);
      for (let at = start; at < script.length; at++) {
        onAsk?.(at);
        const step = script[at] as Step;
        if (step instanceof Error) throw step;
        const records = typeof step === 'function' ? await step(context) : step;
        yield { records, checkpoint: { delivered: at + 1 }, rereads: rereads === true && at === start };
      }
    },
    ...parts,
  };
}

/** An invented event of one second after midnight. */
export function event(id: string, second = 0, more: Readonly<Record<string, RawRecord>> = {}): RawRecord {
  return { id, at: `2026-11-21T00:00:${String(second).padStart(2, '0')}.000Z`, name: `event ${id}`, ...more };
}

/** A connector whose only source is a script. */
export function scriptedConnector(script: readonly Step[]): Connector {
  return {
    name: 'acme',
    title: 'Acme',
    settings: { url: { kind: 'url', help: 'The address.' } },
    sources: { alerts: scriptedSource(script) },
  };
}
