import type { TestEnvironment } from './test-environment';
import type { UniqueView } from './unique-view';
import type { FaultKind } from '../../local/vendor/faults';
import type { VendorEvents } from '../../local/vendor/vendor-options';

/** Something that goes wrong around the app, and what the app must still do. */
export interface Fault {
  /** The value of `--fault`, in kebab-case. */
  readonly name: string;
  /** What happens, as a sentence. */
  readonly description: string;
  /** Two faults of one kind are never combined. */
  readonly kind?: string;
  /** The events that the vendor publishes. */
  readonly events?: VendorEvents;
  /** Settings of the app that the fault needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sets the fault up before the first run. `environment.random` decides when it happens. */
  readonly arrange?: (environment: TestEnvironment) => void;
  /** Called between two rounds, while nothing runs. */
  readonly betweenRounds?: (environment: TestEnvironment) => Promise<void>;
  /** Called after the last round, before all faults end. */
  readonly afterRounds?: (environment: TestEnvironment, view: UniqueView) => Promise<void>;
  /** Called when everything has been delivered. */
  readonly afterDelivery?: (environment: TestEnvironment, view: UniqueView) => Promise<void>;
  /** What the simulated vendor does. A source whose paging cannot have it is not tested with it. */
  readonly does?: FaultKind['do'];
  /** True: it changes the paging of a `rest()` declaration. How a source in code pages is unknown. */
  readonly declaredOnly?: true;
  /**
   * True: every run has time for one page. A source that waits for an export is not tested with it: it needs two runs for each of
   * its windows, and each run opens another one.
   */
  readonly onePage?: true;
  /** The source kind that it is for: `pull` or `push`. @default both */
  readonly scenario?: string;
  /** How long it lasts, if longer than the time between two rounds. */
  readonly durationMs?: number;
  /** True: it applies to a few requests, and a case in which it hit none fails. Other faults last all the time. */
  readonly hitsRequests?: true;
  /** True: no row may be sent twice, except one page for each kill. */
  readonly exactlyOnce?: true;
  /** The vendor itself repeats records, so that rows may be in the workspace twice. */
  readonly mayRepeat?: true | ((environment: TestEnvironment) => boolean);
  /** True: no app can keep the promise, and the harness must notice. Only run if named. */
  readonly mustFail?: true;
  /** True: our requests may be wrong by the vendor's clock, and the vendor may complain. */
  readonly mayComplain?: true;
}
