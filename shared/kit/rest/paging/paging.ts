import type { HttpResponse } from '../../../contract/http';
import type { Json, JsonObject } from '../../../contract/json';
import type { RestParameter } from '../../../contract/rest';

/** The declared parts of a request. Each text may hold placeholders. */
export interface RequestTexts {
  readonly path: string;
  readonly query: Readonly<Record<string, Json>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** An answer, and the token of its request. */
export interface PageAnswer {
  readonly body: Json;
  readonly records: readonly Json[];
  readonly response: HttpResponse;
  readonly url: string;
  /** Absent for the first page of a read. */
  readonly token: string | undefined;
}

/** What an answer says of the read. */
export interface NamedNext {
  /** The next page of this read: a token, or an absolute address. */
  readonly more?: string | undefined;
  /** In place of `more`: what the next run requests. */
  readonly kept?: string | undefined;
  /** Set if this kind of paging decides which page is the last one. */
  readonly isLast?: boolean | undefined;
  /** How many records at the beginning of the page were on the page before. */
  readonly repeats?: number;
  /** True when records moved to pages that were read already. The read must begin again. */
  readonly isShifted?: true;
}

/** Where a read continues: a token of the checkpoint, or an address at another origin. */
export interface NextPlace {
  readonly token?: string | undefined;
  readonly elsewhere?: string | undefined;
}

/** The values that only paging has. */
export type PagingValue = 'cursor' | 'cursorEnd';

/** One kind of `next`: its place in the request, its reading of an answer, its position. */
export interface Paging {
  /** The member of the checkpoint that holds the token. */
  readonly member: string;
  /** True for a text that this kind of paging wrote as a token. */
  isToken(text: string): boolean;
  /** The declared places of its values, by their members. */
  readonly places: Readonly<Record<string, readonly [RestParameter | undefined, PagingValue]>>;
  /** The placeholders that it has values for. */
  readonly values: readonly PagingValue[];
  /** True when the first request has these values too. They are numbers then. */
  readonly isNumbered: boolean;
  /** The value of a placeholder; `undefined` if the request has none. */
  valueOf(name: PagingValue, token: string | undefined): Json | undefined;
  /** The texts of a request for a later page. */
  laterTexts(texts: RequestTexts): RequestTexts;
  /** Path and query of a later page, below the base address, if a token is an address. */
  addressOf(token: string): string | undefined;
  /** Where a read continues, from what `compile` found. @param base the base address */
  placeOf(next: string, base: string): NextPlace;
  /** Compiles the paths of the declaration. @throws ContractError for a malformed one; the message names the member */
  compile(): (answer: PageAnswer) => NamedNext;
}

/** A kind of paging without a token. */
export const NO_TOKEN: Paging = {
  member: 'cursor',
  isToken: () => false,
  places: {},
  values: [],
  isNumbered: false,
  valueOf: () => undefined,
  laterTexts: (texts) => texts,
  addressOf: () => undefined,
  placeOf: () => ({}),
  compile: () => () => ({}),
};
