import '@kusto/language-service-next/bridge.min.js';
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js';

/** What we use of the official parser, whose types are of its own making. */
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

/** What the parser of the service says of a query: every complaint, and the columns of its answer. */
export interface Analysis {
  readonly complaints: readonly string[];
  readonly columns: readonly string[];
}

/** Analyses a query against a table, or several that are alike. @param schema their columns: `EventId:string, At:datetime` */
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
