import type { FaultKind, VendorFault } from '../../local/vendor/faults';
import type { Fault } from './fault';
import type { Scene } from './test-environment';

/** How many requests pass before something happens: none or one, because a source may send no more than one a round. */
export const some = ({ random }: Scene): number => Math.floor(random() * 2);

/** One or a few of the vendor's answers are bad. */
export function vendor(
  name: string,
  says: string,
  kind: FaultKind,
  more: Partial<Fault> & { times?: number } = {},
): Fault {
  const { times = 1, ...others } = more;
  return {
    name,
    says,
    journey: 'pull',
    meets: true,
    arrange: (scene) => behave(scene, { ...kind, skip: some(scene), times }),
    ...others,
  };
}

/** Rules for the vendor add up; it takes them all at once. */
const arranged = new WeakMap<Scene, VendorFault[]>();

export function behave(scene: Scene, fault: VendorFault): void {
  const all = [...(arranged.get(scene) ?? []), fault];
  arranged.set(scene, all);
  scene.vendor.behave(all);
}

/** True for what is of events: a table, or a post's address. */
export const isEvents = (path: string): boolean => !path.includes('ConnectorHealth');
