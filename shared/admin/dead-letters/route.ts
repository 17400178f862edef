import { formatId, type SourceId } from '../../contract/checkpoint';
import type { StoredLetter } from '../../contract/operator';
import type { Sink } from '../../contract/sink';
import type { SpoolTotals } from '../../contract/spool';
import type { Table } from '../../contract/table';
import { compileReplay, type ReplayedLetter } from './redeliver-rows';
import { openBody, replayPushed } from './redeliver-pushed';
import { fitToStreams } from '../../rows/stream-columns';
import { readSink } from '../../sink/sink';
import { inPieces } from '../../values/in-pieces';
import type { AdminContext } from '../context';

/** What the code and the settings of today make of a source's letters. */
export interface LetterFormat {
  /** The letters that stand in the place of one that holds several records; `undefined` for one that holds one. */
  readonly open: (letter: StoredLetter) => Promise<StoredLetter[] | undefined>;
  /** Never fails. */
  readonly rows: (letters: readonly StoredLetter[]) => Promise<ReplayedLetter[]>;
  /** Every column that its records have made, where they make the table. */
  readonly columns: () => SpoolTotals['columns'];
}

/** How letters of a source go where its records go. */
export interface LetterWay {
  readonly sink: Sink;
  readonly table: Table;
  readonly lateTable: string | undefined;
  readonly format: (known: SpoolTotals['columns']) => LetterFormat;
}

/** Finds the way of a source's letters, for one replay. @throws SettingError when the source is off, or its sink's settings are wrong */
export async function wayOf(tools: AdminContext, id: SourceId, budgetMs: number): Promise<LetterWay> {
  const { clock, find, log, pushed } = tools;
  const startedAt = clock.now();
  const options = {
    who: formatId(id),
    deadline: new Date(startedAt.getTime() + budgetMs),
    signal: AbortSignal.timeout(budgetMs),
    clock,
    log,
  };
  const way = await pushed(id);
  if (way !== undefined) {
    const sink = way.connect(options);
    return {
      sink,
      table: way.table,
      lateTable: undefined,
      format(known) {
        const format = way.format(known, sink);
        return {
          open: (letter) => inPieces(openBody(format, letter)),
          rows: (letters) => inPieces(replayPushed(format, letters)),
          columns: format.columns,
        };
      },
    };
  }
  const { instance, source } = find(id);
  const own = instance.sources.find((one) => one.source === id.source);
  const { drop, lateTable } = own ?? {};
  const sink = await fitToStreams(readSink(instance.env)(options), [source.table.name, lateTable], {
    clock,
    left: new Set(),
    streams: tools.state.streams,
  });
  const rows = compileReplay(source, { instance: id.instance, startedAt, sink, drop, lateTable });
  return {
    sink,
    table: source.table,
    lateTable,
    format: () => ({
      open: () => Promise.resolve(undefined),
      rows: (letters) => inPieces(rows(letters)),
      columns: () => ({}),
    }),
  };
}
