/**
 * What the tests use of Okta's SDK. Its own types are some 2,000 files that every check of the tree's types would read:
 * `paths` in `tsconfig.json` names this file in their place.
 */
export class Client {
  constructor(options: {
    readonly orgUrl: string;
    readonly token: string;
    readonly testing?: { readonly disableHttpsCheck: boolean };
  });
  readonly systemLogApi: {
    listLogEvents(query: {
      readonly since: string;
      readonly until?: string;
      readonly sortOrder: 'ASCENDING' | 'DESCENDING';
      readonly limit: number;
    }): Promise<{ each(take: (event: unknown) => void): Promise<void> }>;
  };
}
