import { AUTH_KINDS } from './auth-kinds';
import { ORDERS, PAGING_KINDS, TIME_FORMATS, formatOf, kindOf, listOf } from './rest-kinds';
import type { NewCommand } from './options';
import { STORE_KINDS } from './store-kinds';
import { titleCase } from './names';

/** Asks one question; resolves with the answer, empty for Enter alone. */
export type Ask = (question: string) => Promise<string>;

/** Asks for flags that are missing. An empty answer leaves the value to be inferred. */
export async function askForMissing(name: string, flags: NewCommand, ask: Ask): Promise<NewCommand> {
  const answers: Record<string, string> = {};
  const question = async (
    key: 'title' | 'store' | 'url' | 'path' | 'sample' | 'auth' | 'header' | 'paging' | 'timeFormat',
    text: string,
    check: (answer: string) => unknown = () => undefined,
  ): Promise<void> => {
    if (flags[key] !== undefined) return;
    const answer = await untilFine(text, ask, check);
    if (answer !== '') answers[key] = answer;
  };
  await question('title', `What is the product called? [${titleCase(name)}]`);
  await question(
    'store',
    `Does the vendor write files? ${listOf(STORE_KINDS)} [no, it answers requests]`,
    (answer) => kindOf('store', answer, STORE_KINDS),
  );
  if ((flags.store ?? answers['store']) !== undefined) {
    await question('sample', 'One of the files (Enter: an invented one):');
    return { ...flags, ...answers };
  }
  await question('url', 'The base address of its API, as an example: [https://api.example.com]', checkUrl);
  await question('path', 'The path of the events, below that address: [/events]', checkPath);
  await question('sample', 'A file with one answer (Enter: an invented one):');
  await question('auth', `How does a request authenticate? ${listOf(AUTH_KINDS)} [bearer]`, (answer) =>
    kindOf('auth', answer, AUTH_KINDS),
  );
  if ((flags.auth ?? answers['auth']) === 'header') await question('header', 'Which header? [X-Api-Key]');
  await question(
    'paging',
    `How is the next page requested? ${listOf(PAGING_KINDS)} [as in the sample]`,
    (answer) => kindOf('paging', answer, PAGING_KINDS),
  );
  await question(
    'timeFormat',
    `In which format does a request say a time? There are ${TIME_FORMATS}. [as in the sample]`,
    formatOf,
  );
  return { ...flags, ...answers };
}

/** Asks for facts that the sample does not show, after all other questions. */
export async function askForUnknowns(flags: NewCommand, shown: Unshown, ask: Ask): Promise<NewCommand> {
  const answers: { order?: string; last?: boolean } = {};
  if (shown.order && flags.order === undefined) {
    const text = `In which order does the vendor return its records? ${listOf(ORDERS)} [oldest-first]`;
    const order = await untilFine(text, ask, (answer) => kindOf('order', answer, ORDERS));
    if (order !== '') answers.order = order;
  }
  if (shown.missing !== undefined && flags.last === undefined) {
    const text = `The sample has nothing at ${shown.missing}. Is it the last page? yes or no [no]`;
    if (/^y/i.test(await untilFine(text, ask, () => undefined))) answers.last = true;
  }
  return { ...flags, ...answers };
}

/** Facts that a sample does not show. */
export interface Unshown {
  readonly order: boolean;
  /** The flag and the path of the missing next-page information. */
  readonly missing: string | undefined;
}

/** Repeats a question, with the problem, until the answer is valid. */
async function untilFine(text: string, ask: Ask, check: (answer: string) => unknown): Promise<string> {
  for (let question = text; ;) {
    const answer = (await ask(`${question} `)).trim();
    try {
      if (answer !== '') check(answer);
      return answer;
    } catch (error) {
      question = `${(error as Error).message}\n${text}`;
    }
  }
}

/** @throws Error if it is not an https address */
export function checkUrl(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:') return;
  throw new Error(
    `--url ${address}: write an address that begins with https://, such as https://api.example.com.`,
  );
}

/** @throws Error if it cannot be appended to an address */
export function checkPath(path: string): void {
  if (/^\/[^?#\s]*$/.test(path)) return;
  throw new Error(`--path ${path}: begin with / and leave out the query, such as /v1/events.`);
}
