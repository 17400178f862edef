import { readFixtures } from '../../local/vendor/feed/fixtures';
import type { Connector, PullSource } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import { windowSpecOf } from '../../shared/windows/window-context';
import { compilePath, compileQuery, listPath } from '../../shared/values/json-path';
import { toIso } from '../../shared/values/time';
import { orderOf, stepsOf } from '../../shared/values/time-order';

/*
 * Compares a source's declaration with its own fixtures. The simulated vendor writes next-page information at the declared
 * path, so a run over fixtures cannot detect a wrong path, nor a wrong order.
 */

/** Paths in `next` and `stop` that no fixture of a source has. */
export function pathProblems(folder: string, connector: Connector, source: string): string[] {
  const spec = connector.sources[source]?.pull?.rest;
  // The fixtures of a source of files are the files, not the list that has pages.
  if (spec === undefined || spec.files !== undefined) return [];
  const { bodies } = readFixtures(folder, source, spec);
  return pathsOf(spec).flatMap(({ isMet, member, path, what }) =>
    bodies.some(isMet)
      ? []
      : [
          `${member}: no answer in fixtures/${source} has ${what} at ${path}. ` +
            'Keep an answer of the vendor that names a next page there, or correct the path.',
        ],
  );
}

interface DeclaredPath {
  readonly member: string;
  readonly path: string;
  readonly what: string;
  readonly isMet: (body: Json) => boolean;
}

function pathsOf({ next, stop }: RestSpec): readonly DeclaredPath[] {
  const paths: DeclaredPath[] = [];
  const names = ['from', 'last'] as const;
  for (const name of names) {
    const path = next.kind === 'link' || next.kind === 'cursor' ? next[name] : undefined;
    if (path === undefined) continue;
    const at = compileQuery(listPath(path));
    const isToken = (value: Json): boolean => value !== null && value !== '' && typeof value !== 'boolean';
    paths.push({
      member: `next.${name}`,
      path,
      what: next.kind === 'link' ? 'a link' : 'a cursor',
      isMet: (body) => at(body).flat().some(isToken),
    });
  }
  if (stop.on === 'unless') {
    const at = compilePath(stop.path);
    paths.push({
      member: 'stop.path',
      path: stop.path,
      what: 'true',
      isMet: (body) => at(body) === true,
    });
  }
  if (stop.on === 'total' || stop.on === 'last-page') {
    const at = compilePath(stop.path);
    paths.push({
      member: 'stop.path',
      path: stop.path,
      what: 'a number',
      isMet: (body) => /^"?\d+"?$/.test(JSON.stringify(at(body) ?? null)),
    });
  }
  return paths;
}

/** Why the records of a source's fixtures are not in the order of its windows. A feed by cursor has no order. */
export function orderProblems(folder: string, connector: Connector, source: string): string[] {
  const declaration = connector.sources[source] as PullSource;
  const windows = windowSpecOf(declaration);
  if (windows === undefined) return [];
  const timeAt = compilePath(declaration.table.time);
  const times = readFixtures(folder, source, declaration.pull.rest)
    .pages.flat()
    .map((record) => toIso(timeAt(record)));
  const shown = orderOf(stepsOf(times));
  const declared = windows.order ?? 'oldest-first';
  if (shown === undefined || shown === declared || declared === 'none') return [];
  const isMixed = shown === 'mixed';
  const how = isMixed ? 'are in no order of time' : `are ${shown}`;
  const advice = isMixed
    ? 'Keep answers as the vendor gives them; where they have no order, resume by cursor.'
    : `Declare window.order: '${shown}', where the vendor's documentation says so.`;
  return [
    `window.order: the records in fixtures/${source} ${how}, and the source declares ${declared}. ${advice}`,
  ];
}
