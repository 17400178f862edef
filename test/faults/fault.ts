import type { Scene } from './test-environment';
import type { UniqueView } from './unique-view';
import type { VendorEvents } from '../../local/vendor/vendor-options';

/** Something that goes wrong around the app, and what may be asked of it all the same. */
export interface Fault {
  /** kebab-case: what `--fault` takes. */
  readonly name: string;
  /** What happens, as a sentence. */
  readonly says: string;
  /** Two faults of one kind are never arranged together. */
  readonly kind?: string;
  /** What the vendor's events are like. */
  readonly events?: VendorEvents;
  /** Settings that make the app meet it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arranges it, before the first run. `scene.random` says when it happens. */
  readonly arrange?: (scene: Scene) => void;
  /** Done between two rounds, when nothing runs. */
  readonly between?: (scene: Scene) => Promise<void>;
  /** Done when the last round is over, before all is calm. */
  readonly mend?: (scene: Scene, view: UniqueView) => Promise<void>;
  /** Done when everything has arrived. */
  readonly afterwards?: (scene: Scene, view: UniqueView) => Promise<void>;
  /** It is done to the paging of a declared source; how code goes on nobody knows. */
  readonly ofDeclarations?: true;
  /** The way in that it belongs to. @default every one */
  readonly journey?: string;
  /** How long it lasts, where that is longer than the time between two runs. */
  readonly lastsMs?: number;
  /** It happens to a few requests. Any other is there all the time. */
  readonly meets?: true;
  /** Nothing may come twice, whatever happens. */
  readonly once?: true;
  /** The vendor itself shows records twice, so that they may be there twice. */
  readonly repeats?: true | ((scene: Scene) => boolean);
  /** No app could keep the promise under it, and the rig must see that. Only tried where it is named. */
  readonly hopeless?: true;
  /** What we ask may be wrong by the vendor's clock, and it may say so. */
  readonly complaints?: true;
}
