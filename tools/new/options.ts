/** The options of `tributary new`, as they are written after it. */
export interface NewCommand {
  readonly folder?: string;
  readonly title?: string;
  readonly url?: string;
  readonly path?: string;
  readonly method?: 'GET' | 'POST';
  readonly auth?: string;
  readonly header?: string;
  readonly prefix?: string;
  readonly paging?: string;
  readonly cursor?: string;
  readonly cursorParameter?: string;
  readonly stop?: string;
  readonly more?: string;
  readonly resume?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly sample?: string;
  readonly order?: string;
  /** The sample is the last page, and leaves out what names the next one. */
  readonly last?: boolean;
  readonly records?: string;
  readonly source?: string;
  readonly time?: string;
  readonly id?: string;
}
