import { join } from 'node:path';

/** The built programs. */
export interface Programs {
  readonly app: string;
  readonly worker: string;
  readonly storage: string;
  readonly workspace: string;
  readonly query: string;
  readonly vendor: string;
}

/** The programs beside the built command line. */
export function programsIn(dist: string): Programs {
  const at = (name: string): string => join(dist, `${name}.js`);
  return {
    app: at('app'),
    worker: at('worker'),
    storage: at('storage'),
    workspace: at('workspace'),
    query: at('query'),
    vendor: at('vendor'),
  };
}
