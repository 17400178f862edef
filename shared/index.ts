/** All that a connector may import. */
export type { RateBudget, RateLimit } from './contract/budget';
export * from './contract/connector';
export * from './contract/errors';
export * from './contract/http';
export * from './contract/json';
export * from './contract/receive';
export * from './contract/rest';
export * from './contract/simulator';
export * from './contract/table';
export type { Lane, PullWindow, WindowSpec } from './contract/windows';
export * from './kit/columns';
export * from './kit/define';
export * from './kit/readers';
export * from './kit/rest/rest';
export * from './kit/signatures';
