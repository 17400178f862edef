import { postRequest } from '../../../local/vendor/posts/request';
import { readPosts, type PostFixture } from '../../../local/vendor/posts/posts';
import { withValueAt } from '../../../local/vendor/feed/write-at-path';
import type { ReceiveSource } from '../../../shared/contract/connector';
import type { Json } from '../../../shared/contract/json';
import { HEADERS_MEMBER } from '../../../shared/contract/webhook';
import { isObject } from '../../../shared/values/json-path';
import type { Scene } from '../test-environment';
import { pushedBy } from './push';

/** A member that no vendor has: what each record is known by, whatever its id. */
const MARK = 'provenBy';
const MARKED = /provenBy\\*":\\*"([^"\\]+)/;

/** A vendor's webhooks, signed as the vendor signs, from the fixtures of its folder. */
export const hooks = pushedBy({
  name: 'hooks',
  sourcesOf: ({ connector: { sources } }) => ({
    proven: Object.keys(sources).filter((name) => sources[name]?.receive !== undefined),
    unproven: [],
  }),
  tableOf: ({ sources }, source) => sources[source]?.table,
  ownerOf: ({ name }) => name,
  sign(scene, source, { ids, name }) {
    const { connector } = scene.parts.subject;
    const { receive, table } = connector.sources[source] as ReceiveSource;
    const [, header] = /^@headers\.(.+)$/.exec(table.eventId ?? '') ?? [];
    const post = postOf(scene, source);
    const records = ids.map((id) => recordOf(table.eventId, post.body, id));
    const own = header === undefined ? {} : { [header]: name };
    const signed = postRequest(
      receive,
      scene.vendor.settings(connector.name),
      { headers: { ...post.headers, ...own }, body: records },
      scene.now(),
    );
    return {
      name,
      headers: signed.headers,
      body: Buffer.from(signed.body).toString('latin1'),
      query: signed.query.toString(),
      to: { connector: connector.name, source },
    };
  },
  // Whatever column it stands in: the Data Collector API makes a text of an object.
  idOfRow: (row) => MARKED.exec(JSON.stringify(row))?.[1] ?? '',
  idOfRecord: (record) => record[MARK] as string,
});

/** The first fixture that is no form: its body may be an array. */
function postOf({ parts }: Scene, source: string): PostFixture {
  const posts = readPosts(parts.subject.folder, source);
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
