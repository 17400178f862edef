import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../../shared/contract/json';
import type { Receive } from '../../../shared/contract/receive';
import { parseJson, stringifyDeep } from '../../../shared/values/json/json';

/** A post of the vendor as a folder keeps it: what is signed is made anew whenever it is sent. */
export interface PostFixture {
  /** When it was received; ISO 8601, UTC. */
  readonly at: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the body says; an array for a body of several records. */
  readonly body: Json;
}

/** What the vendor asks to see again, and what it wants to see at least. */
export interface ChallengeFixture {
  readonly body: Json;
  readonly answer: JsonObject;
}

/** A post on its way: its bytes, and the headers that tell of them. */
export interface WrittenPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Reads `<folder>/fixtures/<source>/post-*.json` in the order of their numbers; none is no error. */
export function readPosts(folder: string, source: string): readonly PostFixture[] {
  const path = join(folder, 'fixtures', source);
  const numberOf = (name: string): number => Number(/\d+/.exec(name)?.[0]);
  const names = existsSync(path) ? readdirSync(path).filter((name) => /^post-\d+\.json$/.test(name)) : [];
  return names
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => parseJson(readFileSync(join(path, name), 'utf8')) as unknown as PostFixture);
}

/** Reads `<folder>/fixtures/<source>/challenge.json`, where there is one. */
export function readChallenge(folder: string, source: string): ChallengeFixture | undefined {
  const file = join(folder, 'fixtures', source, 'challenge.json');
  return existsSync(file)
    ? (parseJson(readFileSync(file, 'utf8')) as unknown as ChallengeFixture)
    : undefined;
}

/** Writes a body as its content type says: as JSON, or as the field of a form. */
export function writePost(
  { form }: Pick<Receive, 'form'>,
  { body, headers }: Pick<PostFixture, 'body' | 'headers'>,
): WrittenPost {
  const type = headers['content-type'] ?? 'application/json';
  const text = stringifyDeep(body);
  const isForm = type.startsWith('application/x-www-form-urlencoded') && form !== undefined;
  const written = isForm ? new URLSearchParams({ [form]: text }).toString() : text;
  return { headers: { ...headers, 'content-type': type }, bytes: Buffer.from(written) };
}
