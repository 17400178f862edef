import { folders } from '../../../connectors/list';
import type { Receive } from '../../../shared/contract/webhook';
import {
  changedBody,
  changesOfBytes,
  changesOfHeaders,
  UNSIGNED_OF_LOGS,
  unsignedHeaders,
  type UnsignedChange,
} from '../../fakes/unsigned-changes';
import type { Fault } from '../fault';
import type { TestEnvironment } from '../test-environment';
import type { Invocation, Post } from '../child-messages';
import type { UniqueView } from '../unique-view';
import type { Law } from './law';
import { loadConnectors } from '../../../shared/load';
import { tablesOf } from '../../../shared/admin';

/** A recorded post with one change. */
interface ChangedPost {
  readonly post: Post;
  readonly description: string;
  /** True if it must be refused: the signature covers the change, or the key may not write to that table. */
  readonly isForbidden: boolean;
}

/** The row that `…Unique` returns, by table, instance and event id. */
type RowsById = ReadonlyMap<string, string>;

const recordedPosts = new WeakMap<TestEnvironment, Post[]>();
const changedPosts = new WeakMap<
  TestEnvironment,
  { readonly before: RowsById; readonly copies: readonly ChangedPost[] }
>();
const violations = new WeakMap<TestEnvironment, readonly string[]>();

/** Unsigned parts of a post decide nothing. */
export const unsignedParts: Law = {
  name: 'unsigned-parts',
  description:
    'A recorded post that is sent again with unsigned parts changed does not change a row of …Unique.',
  violations: (environment) => violations.get(environment) ?? [],
};

/** An attacker who read posts sends them again, with each unsigned header and byte changed. */
export const UNSIGNED_PARTS: Fault = {
  name: 'unsigned-parts',
  description: 'A recorded post is sent again, with each unsigned header and byte changed.',
  scenario: 'push',
  mayRepeat: true,
  afterRounds: sendChanged,
  afterDelivery: compareRows,
};

/** Records the posts of an invocation. */
export function recordPosts(environment: TestEnvironment, invocation: Invocation): void {
  if (invocation.kind !== 'push') return;
  recordedPosts.set(environment, [...(recordedPosts.get(environment) ?? []), ...invocation.groups.flat()]);
}

async function sendChanged(environment: TestEnvironment, view: UniqueView): Promise<void> {
  const before = await uniqueRows(environment, view);
  const acknowledged = (recordedPosts.get(environment) ?? []).filter(
    ({ name }) => environment.answeredPosts.get(name) === 200,
  );
  const newest = new Map(acknowledged.map((post) => [post.to?.source ?? '', post]));
  const copies = [...newest.values()].flatMap((post) => copiesOf(environment, post));
  await environment.invoke({ kind: 'push', groups: [copies.map(({ post }) => post)] });
  await forgetBodies(environment);
  changedPosts.set(environment, { before, copies });
}

async function compareRows(environment: TestEnvironment, view: UniqueView): Promise<void> {
  const { before, copies } = changedPosts.get(environment) ?? {
    before: new Map<string, string>(),
    copies: [],
  };
  const after = await uniqueRows(environment, view);
  const changed = [...before].filter(([id, row]) => after.get(id) !== row);
  violations.set(environment, [
    ...copies
      .filter(({ isForbidden, post }) => isForbidden && environment.answeredPosts.get(post.name) === 200)
      .map(
        ({ description, post }) =>
          `${post.to?.source ?? '/api/logs'} accepted a recorded post with another ${description}`,
      ),
    ...changed.slice(0, 1).map(([id]) => `…Unique returns ${changed.length} events differently, first ${id}`),
  ]);
}

/** Every change of one post. */
function copiesOf({ options }: TestEnvironment, post: Post): readonly ChangedPost[] {
  const receive = options.sut.connector.sources[post.to?.source ?? '']?.receive;
  const bytes = Buffer.from(post.body, 'latin1');
  const copy = (change: UnsignedChange, isForbidden = false): ChangedPost => ({
    post: {
      ...post,
      name: `${post.name} ${change.description}`,
      headers: { ...post.headers, ...change.headers },
      query: new URLSearchParams([
        ...new URLSearchParams(post.query),
        ...Object.entries(change.query ?? {}),
      ]).toString(),
      body: Buffer.from(changedBody(bytes, change)).toString('latin1'),
    },
    description: change.description,
    isForbidden,
  });
  const isCovered = receive?.verify.kind === 'hmac';
  return [
    ...changesOfHeaders(headersOf(receive)).map((change) => copy(change)),
    ...changesOfBytes(bytes.length).map((change) => copy(change, isCovered)),
    ...(receive === undefined ? ownedLogTypes().map((change) => copy(change, true)) : []),
  ];
}

/** The unsigned headers. Posts to `/api/logs` sign their content type. */
function headersOf(receive: Receive | undefined): readonly string[] {
  if (receive !== undefined) return unsignedHeaders(receive);
  const names = Object.keys(UNSIGNED_OF_LOGS).filter((name) => name !== 'log-type');
  return [...names, 'content-encoding', 'x-unlike'];
}

/** A key without Log-Types never writes into the table of a connector. */
function ownedLogTypes(): readonly UnsignedChange[] {
  return tablesOf(loadConnectors(folders()).connectors).map(({ name }) => {
    const logType = name.replace(/_CL$/, '');
    return { description: `log-type: ${logType}`, headers: { 'log-type': logType } };
  });
}

async function uniqueRows({ options, recorder }: TestEnvironment, view: UniqueView): Promise<RowsById> {
  const rows = new Map<string, string>();
  for (const source of options.sources) {
    const table = options.scenario.tableOf(options.sut.connector, source)?.name ?? '';
    const accepted = recorder.acceptedRows.get(table) ?? [];
    const idOf = (row: (typeof accepted)[number]['row']): string =>
      (row['EventId'] as string | undefined) ?? '';
    for (const index of await view.rowIndexes(accepted, idOf, true)) {
      const row = accepted[index]?.row ?? {};
      // A row without an id has no copies.
      const id = idOf(row) === '' ? index : idOf(row);
      rows.set(JSON.stringify([table, row['Instance'] ?? '', id]), JSON.stringify(row));
    }
  }
  return rows;
}

/** Empties the list of remembered bodies, as if many others had arrived since. */
async function forgetBodies({ storage: { container } }: TestEnvironment): Promise<void> {
  if (!(await container.exists())) return;
  for await (const { name } of container.listBlobsFlat({ prefix: 'spool-totals/' })) {
    const blob = container.getBlockBlobClient(name);
    const totals = JSON.parse((await blob.downloadToBuffer()).toString('utf8')) as object;
    const text = JSON.stringify({ ...totals, remembered: [] });
    // A killed process may still hold the lease: then the bodies stay remembered.
    if ('remembered' in totals) await blob.upload(text, text.length).catch(() => undefined);
  }
}
