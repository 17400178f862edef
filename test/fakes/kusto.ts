import '@kusto/language-service-next/bridge.min.js';
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js';

/** The part of the official parser that is used here; its own types are unusual. */
interface Language {
  readonly KustoCode: { ParseAndAnalyze(text: string, globals: unknown): Code };
  readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
  readonly Symbols: {
    readonly TableSymbol: { From(schema: string): { WithName(name: string): unknown } };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: readonly unknown[]) => unknown };
  };
}

interface List<T> {
  readonly Count: number;
  getItem(index: number): T;
}

interface Code {
  GetDiagnostics(): List<{ readonly Message: string }>;
  readonly ResultType: { readonly Columns?: List<{ readonly Name: string }> } | null;
}

/** The parser's result for a query: every diagnostic, and the columns of its result. */
export interface Analysis {
  readonly complaints: readonly string[];
  readonly columns: readonly string[];
}

/** Analyses a query against one or more tables of the same columns. @param schema their columns: `EventId:string, At:datetime` */
export function analyse(query: string, tables: string | readonly string[], schema: string): Analysis {
  const { Language } = (globalThis as unknown as { readonly Kusto: { readonly Language: Language } }).Kusto;
  const symbols = [tables]
    .flat()
    .map((table) => Language.Symbols.TableSymbol.From(`(${schema})`).WithName(table));
  const database = new Language.Symbols.DatabaseSymbol.ctor('workspace', symbols);
  const globals = Language.GlobalState.Default.WithDatabase(database);
  const code = Language.KustoCode.ParseAndAnalyze(query, globals);
  const columns = code.ResultType?.Columns;
  return {
    complaints: items(code.GetDiagnostics()).map(({ Message }) => Message),
    columns: columns === undefined ? [] : items(columns).map(({ Name }) => Name),
  };
}

function items<T>(list: List<T>): T[] {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}
