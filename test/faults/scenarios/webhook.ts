import { postRequest } from '../../../local/vendor/posts/sign';
import { readPosts, type PostFixture } from '../../../local/vendor/posts/posts';
import { withValueAt } from '../../../local/vendor/feed/write-at-path';
import type { ReceiveSource } from '../../../shared/contract/connector';
import type { Json } from '../../../shared/contract/json';
import { HEADERS_MEMBER } from '../../../shared/contract/webhook';
import { isObject } from '../../../shared/values/json-path';
import type { TestEnvironment } from '../test-environment';
import { pushScenario } from './push';

/** A member that no vendor has. It identifies each record, whatever the vendor's id is. */
const MARK = 'testedBy';
const MARKED = /testedBy\\*":\\*"([^"\\]+)/;

/** A vendor's webhooks, made from the fixtures of its folder and signed as the vendor signs. */
export const webhook = pushScenario({
  name: 'hooks',
  sourcesOf: ({ connector: { sources } }) => ({
    tested: Object.keys(sources).filter((name) => sources[name]?.receive !== undefined),
    untested: [],
  }),
  tableOf: ({ sources }, source) => sources[source]?.table,
  ownerOf: ({ name }) => name,
  sign(environment, source, { ids, name }) {
    const { connector } = environment.options.sut;
    const { receive, table } = connector.sources[source] as ReceiveSource;
    const [, header] = /^@headers\.(.+)$/.exec(table.eventId ?? '') ?? [];
    const post = postOf(environment, source);
    const records = ids.map((id) => recordOf(table.eventId, post.body, id));
    const own = header === undefined ? {} : { [header]: name };
    const signed = postRequest(
      receive,
      environment.vendor.settings(connector.name),
      { headers: { ...post.headers, ...own }, body: records },
      environment.now(),
    );
    return {
      name,
      headers: signed.headers,
      body: Buffer.from(signed.body).toString('latin1'),
      query: signed.query.toString(),
      to: { connector: connector.name, source },
    };
  },
  // The member may be in any column: the Data Collector API turns an object into text.
  idOfRow: (row) => MARKED.exec(JSON.stringify(row))?.[1] ?? '',
  idOfRecord: (record) => record[MARK] as string,
});

/** The first JSON fixture; its body may be an array. */
function postOf({ options: parts }: TestEnvironment, source: string): PostFixture {
  const posts = readPosts(parts.sut.folder, source);
  const plain = posts.find(({ headers }) => (headers['content-type'] ?? '').includes('json'));
  if (plain === undefined) throw new Error(`${source} has no fixture that is JSON`);
  return plain;
}

function recordOf(eventId: string | undefined, body: Json, id: string): Json {
  const [template] = Array.isArray(body) ? (body as readonly Json[]) : [body];
  const marked = { ...(isObject(template) ? template : {}), [MARK]: id };
  const isOwn = eventId !== undefined && !eventId.startsWith(HEADERS_MEMBER);
  return isOwn ? withValueAt(marked, eventId.split('.'), id) : marked;
}
