import type { PublishedEvents, Refusal, VendorAnswer } from '../../shared/contract/simulator';
import { answerInCode, canMeet, writeAnswer } from './requests/answers';
import type { FaultKind } from './faults';
import type { Feed } from './feed/feed';
import { readFixtures } from './feed/fixtures';
import { answerToEnded } from './requests/credential';
import { answerSession, sessionsOf } from './requests/session-endpoint';
import { answerToken, isTokenPath, tokenEndpointsOf } from './requests/token-endpoint';
import type { Written } from './requests/reply';
import { settingsAt, settingsOf } from './placeholder-settings';
import { answerRole, isAssuming } from './objects/assumed-role';
import { simulateObjects } from './objects/simulate-objects';
import { isSimulated } from './simulated';
import type { ReceivedRequest, SeenAt } from './requests/received';
import { simulateSource, type SimulatedSource } from './feed/source';
import { DEFAULT_PAGE_SIZE, feedOf } from './feed/source-feed';
import type { SimulatedConnector, VendorOptions } from './vendor-options';

/** The vendor of one connector. */
export interface SimulatedVendor {
  /** The sources with a declaration. */
  readonly sources: readonly SimulatedSource[];
  /** The answer of a token endpoint, a login or a logout, the keys of a role, or the challenge of a digest; `undefined` for any other request. */
  token(request: ReceivedRequest): VendorAnswer | Refusal | undefined;
  /** The feed of a pulled source; empty for others. */
  readonly events: PublishedEvents;
  /** The sources in code. */
  answer(request: ReceivedRequest): VendorAnswer | Refusal;
}

/**
 * Prepares the vendor of a connector: from its declarations, and from `answer()` for what is in code.
 * @throws ContractError when a declaration or its fixtures cannot be simulated
 */
export function simulateVendor(
  { connector, folder, rules = {} }: SimulatedConnector,
  now: () => Date,
  { bornAt = now(), events, live, maxLateMs, newestAt, pageSize, seed = 1 }: VendorOptions,
): SimulatedVendor {
  const settings = settingsOf(connector, '');
  const common = { connector: connector.name, folder, live, events, maxLateMs, newestAt, now, seed, bornAt };
  const sources: SimulatedSource[] = [];
  const feeds = new Map<string, Feed>();
  for (const [name, source] of Object.entries(connector.sources)) {
    if (!isSimulated(source, rules)) continue;
    const parts = { ...common, name, source };
    const { objects, rest: spec } = source.pull;
    if (objects !== undefined) {
      const simulated = simulateObjects({ ...parts, spec: objects, settings, pageSize });
      sources.push(simulated);
      feeds.set(name, simulated.feed);
      continue;
    }
    if (spec === undefined) {
      feeds.set(name, feedOf(parts, readFixtures(folder, name, spec), pageSize ?? DEFAULT_PAGE_SIZE));
      continue;
    }
    const simulated = simulateSource({ ...parts, spec, settings, rules, pageSize });
    sources.push(simulated);
    feeds.set(name, simulated.feed);
  }
  const published: PublishedEvents = (name) => feeds.get(name)?.() ?? [];
  const answering = {
    connector: connector.name,
    rules,
    settings,
    now: () => (live ? now() : undefined),
    events: published,
    pageSize: pageSize ?? (live ? DEFAULT_PAGE_SIZE : undefined),
  };
  const endpoints = tokenEndpointsOf(connector);
  const sessions = sessionsOf(connector);
  return {
    sources,
    events: published,
    token(received) {
      const now = answering.now();
      const request = { ...received, source: '', settings: settingsAt(settings, received.base), now };
      const roles = sources
        .filter(({ hasPath }) => hasPath(received.path) && isAssuming(received))
        .flatMap(({ name }) => connector.sources[name]?.pull?.objects ?? []);
      const answers = [
        ...roles.map((spec) => answerRole(spec, request)),
        ...endpoints.filter((auth) => isTokenPath(auth, request)).map((auth) => answerToken(auth, request)),
        ...sessions.map((auth) => answerSession(auth, request)).filter((each) => each !== undefined),
      ];
      const challenged = sources
        .filter(({ hasPath }) => hasPath(received.path))
        .map(({ name }) => connector.sources[name]?.pull?.rest?.auth)
        .map((auth) => answerToEnded(auth, request));
      const [challenge] = challenged.filter((each) => each !== undefined);
      if (challenge !== undefined) return challenge;
      return answers.find((each) => !('because' in each)) ?? answers[0];
    },
    answer: (request) => answerInCode(answering, request),
  };
}

/** A correct request and its answer. */
export interface Served {
  /** Empty if the request is for no source. */
  readonly source: string;
  canMeet(kind: FaultKind['do']): boolean;
  write(seenAt: SeenAt, fault: FaultKind | undefined): Written;
}

/** A wrong request and its source. */
export type Refused = Refusal & { readonly source: string };

/** The refusal of an unknown address. */
export const NOWHERE: Refused = { source: '', status: 404, because: 'there is no such address' };

/** The token endpoint or the source of a request: the first with its path that accepts it; otherwise the simulator in code answers. */
export function serve(
  { answer, sources, token }: SimulatedVendor,
  request: ReceivedRequest,
): Served | Refused {
  const issued = token(request);
  if (issued !== undefined) {
    if ('because' in issued) return { ...issued, source: '' };
    // Faults are for the requests of a source: how many of them a token needs is not theirs to count.
    return { source: '', canMeet: () => false, write: ({ base }) => writeAnswer(issued, base, undefined) };
  }
  const asked = sources
    .filter((source) => source.hasPath(request.path))
    .map((source) => [source, source.ask(request)] as const);
  // A source that did not issue what the request names speaks last.
  const known = asked.filter(([, each]) => !('isForeign' in each));
  const [source, found] = known.find(([, each]) => !('status' in each)) ?? known[0] ?? asked[0] ?? [];
  if (source !== undefined && found !== undefined) {
    if ('status' in found) return { ...found, source: source.name };
    return { source: source.name, canMeet: found.canMeet ?? source.canMeet, write: found.write };
  }
  const answered = answer(request);
  if ('because' in answered) return { ...answered, source: '' };
  return {
    source: answered.source ?? '',
    canMeet: (kind) => canMeet(answered, request.base, kind),
    write: ({ base }, fault) => writeAnswer(answered, base, fault),
  };
}
