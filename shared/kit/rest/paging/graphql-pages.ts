import type { RestSpec } from '../../../contract/rest';

/** The names that a GraphQL query gives to the parts of a connection. */
export interface GraphqlPages {
  /** The list of the records within the connection. Of `edges`, each record is an edge: columns begin with `node.`. @default 'nodes' */
  readonly list?: 'nodes' | 'edges';
  /** The variable that takes the cursor. @default 'after' */
  readonly after?: string;
}

/**
 * For a GraphQL connection with `pageInfo { hasNextPage endCursor }`. Spread it into `rest()`; `body` has the query and its
 * `variables`, whose bounds are `{since}` and `{until}`. In the query, leave a blank behind each brace: `{id}` would be a setting.
 * @param connection the path of the connection in the answer
 * @example `...graphqlPages('data.issues')`
 * @see https://relay.dev/graphql/connections.htm
 */
export function graphqlPages(
  connection: string,
  { after = 'after', list = 'nodes' }: GraphqlPages = {},
): Pick<RestSpec, 'method' | 'records' | 'next' | 'stop' | 'resume'> {
  return {
    method: 'POST',
    records: `${connection}.${list}`,
    next: {
      kind: 'cursor',
      from: `${connection}.pageInfo.endCursor`,
      send: { in: 'body', name: `variables.${after}` },
    },
    stop: { on: 'unless', path: `${connection}.pageInfo.hasNextPage` },
    resume: 'time',
  };
}
