/** The options of `tributary new`. */
export interface NewCommand {
  readonly folder?: string;
  /** The store of its files, if the vendor writes files: the sample is one of them. */
  readonly store?: string;
  readonly title?: string;
  readonly url?: string;
  readonly path?: string;
  readonly method?: 'GET' | 'POST';
  readonly auth?: string;
  readonly header?: string;
  readonly prefix?: string;
  readonly keyParameter?: string;
  readonly tokenPath?: string;
  readonly format?: string;
  readonly paging?: string;
  readonly cursor?: string;
  readonly cursorParameter?: string;
  readonly cursorHeader?: string;
  readonly cursorRecord?: string;
  readonly stop?: string;
  readonly more?: string;
  readonly total?: string;
  readonly resume?: string;
  readonly since?: string;
  readonly until?: string;
  readonly timeFormat?: string;
  readonly limit?: number;
  readonly sample?: string;
  readonly order?: string;
  /** True: the sample is the last page, so it does not name a next one. */
  readonly last?: boolean;
  readonly records?: string;
  readonly success?: string;
  readonly source?: string;
  readonly time?: string;
  readonly id?: string;
  /** The path of the list of events in a record, each of which becomes a row. */
  readonly explode?: string;
  /** The path that fetches records by id. `path` then lists the ids, and the sample is an answer of this path. */
  readonly details?: string;
  /** The path of the list of partitions; `path` has `{partition}` then. */
  readonly partitions?: string;
  /** The path of the status of an export that the vendor prepares: `path` orders it then, and the sample is a chunk. */
  readonly export?: string;
  /** The path of a file, with its `{id}`: `path` lists the files then, and the sample is one of them. */
  readonly files?: string;
}
