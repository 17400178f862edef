import type { FaultKind, VendorFault } from '../../local/vendor/faults';
import type { Fault } from './fault';
import type { TestEnvironment } from './test-environment';

/** How many requests pass before a fault: none or one, because a source may send only one request in a round. */
export const randomSkip = ({ random }: TestEnvironment): number => Math.floor(random() * 2);

/** A fault in one or a few of the vendor's answers. */
export function vendorFault(
  name: string,
  description: string,
  kind: FaultKind,
  more: Partial<Fault> & { times?: number } = {},
): Fault {
  const { times = 1, ...others } = more;
  return {
    name,
    description,
    scenario: 'pull',
    hitsRequests: true,
    does: kind.do,
    arrange: (environment) => addVendorFault(environment, { ...kind, skip: randomSkip(environment), times }),
    ...others,
  };
}

/** All faults so far: the vendor takes its rules as one list. */
const vendorFaults = new WeakMap<TestEnvironment, VendorFault[]>();

/** Adds a fault to those that the vendor has already. */
export function addVendorFault(environment: TestEnvironment, fault: VendorFault): void {
  const all = [...(vendorFaults.get(environment) ?? []), fault];
  vendorFaults.set(environment, all);
  environment.vendor.behave(all);
}

/** True for the table, or the address of a post, of events; false for health rows. */
export const isEventPath = (path: string): boolean => !path.includes('ConnectorHealth');
