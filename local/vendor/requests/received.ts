import type { VendorRequest } from '../../../shared/contract/simulator';
import type { FaultKind } from '../faults';
import type { Written } from './reply';

/** The public addresses of the simulator, for the links of a page. */
export interface SeenAt {
  /** `http://127.0.0.1:1234` */
  readonly origin: string;
  /** The connector's own address, without a slash at its end. */
  readonly base: string;
  /** The requested path below that address. */
  readonly path: string;
  /** Path and query as requested. */
  readonly url: string;
}

/** A request before its source is known. */
export type ReceivedRequest = Omit<VendorRequest, 'source' | 'settings' | 'now'>;

/** Writes the answer of a correct request. */
export interface Answering {
  /** Absent: as the source. */
  canMeet?(kind: FaultKind['do']): boolean;
  /** True if the source did not issue what the request names. Another source of the same path may have. */
  readonly isForeign?: true;
  write(seenAt: SeenAt, fault: FaultKind | undefined): Written;
}
