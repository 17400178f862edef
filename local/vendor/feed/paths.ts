import type { RestSpec } from '../../../shared/contract/rest';
import type { VendorRequest } from '../../../shared/contract/simulator';
import { pruned, readText, type HasValue, type RequestValue } from '../requests/compare-declared';

type PathRequest = Pick<VendorRequest, 'path' | 'settings'>;

/** Placeholders of a path that some requests have no value for. */
const MISSING = [[], ['cursor'], ['until'], ['cursor', 'until']] as const;

/** The values of a path's placeholders, optional ones too; `undefined` if the path does not match. */
export function pathValues(
  spec: RestSpec,
  request: PathRequest,
): ReadonlyMap<string, RequestValue> | undefined {
  for (const missing of MISSING) {
    const values = new Map<string, RequestValue>();
    const has: HasValue = (name, alone) =>
      !missing.some((one) => one === name) && isSetOrInserted(name, alone, request.settings);
    if (readPath(spec, request, has, values) === undefined) return values;
  }
  return undefined;
}

/** Matches a path segment by segment and adds its values. @returns the problem, if it does not match */
export function readPath(
  spec: RestSpec,
  { path, settings }: PathRequest,
  has: HasValue,
  values: Map<string, RequestValue>,
): string | undefined {
  const given = path.split('/').map(decoded);
  const segments = spec.path.split('/').filter((segment) => pruned(segment, has) !== undefined);
  if (segments.length !== given.length) return `the path does not match ${spec.path}`;
  for (const [at, segment] of segments.entries()) {
    const problem = readText('the path', segment, given[at] ?? '', { settings, values });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** False for a setting that is not set and is the whole text, because such a text is left out. */
export function isSetOrInserted(name: string, alone: boolean, settings: VendorRequest['settings']): boolean {
  return !alone || settings[name] !== '';
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
