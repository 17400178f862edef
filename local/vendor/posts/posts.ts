import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Json } from '../../../shared/contract/json';
import type { Receive } from '../../../shared/contract/webhook';
import { parseJson, stringifyDeep } from '../../../shared/values/json/json';

const POST = z.object({
  /** When it was received; ISO 8601, UTC. */
  at: z.string(),
  /** By lower-case name. */
  headers: z.record(z.string(), z.string()),
  /** An array for a body of several records. */
  body: z.custom<Json>(),
});
const CHALLENGE = z.object({ body: z.custom<Json>(), answer: z.record(z.string(), z.custom<Json>()) });

/** A post of the vendor in a connector's fixtures. Its signature is computed when it is sent. */
export type PostFixture = Readonly<z.output<typeof POST>>;

/** A vendor's challenge, and the members that the answer must have. */
export type ChallengeFixture = Readonly<z.output<typeof CHALLENGE>>;

/** An encoded post: its bytes and headers. */
export interface WrittenPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Reads `<folder>/fixtures/<source>/post-*.json` in numeric order; empty when there are none. @throws Error naming an invalid file */
export function readPosts(folder: string, source: string): readonly PostFixture[] {
  const path = join(folder, 'fixtures', source);
  const numberOf = (name: string): number => Number(/\d+/.exec(name)?.[0]);
  const names = existsSync(path) ? readdirSync(path).filter((name) => /^post-\d+\.json$/.test(name)) : [];
  return names.sort((a, b) => numberOf(a) - numberOf(b)).map((name) => readFixture(POST, join(path, name)));
}

/** Reads `<folder>/fixtures/<source>/challenge.json`, if it exists. @throws Error when it is invalid */
export function readChallenge(folder: string, source: string): ChallengeFixture | undefined {
  const file = join(folder, 'fixtures', source, 'challenge.json');
  return existsSync(file) ? readFixture(CHALLENGE, file) : undefined;
}

function readFixture<T>(schema: z.ZodMiniType<T>, file: string): T {
  const { data, error } = schema.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (error !== undefined) throw new Error(`Reading ${file}: ${z.prettifyError(error)}`);
  return data;
}

/** Encodes a body by its content type: JSON, or a field of a form. */
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
