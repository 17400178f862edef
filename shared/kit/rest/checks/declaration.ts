import type { RestSpec } from '../../../contract/rest';
import { checkAuth } from '../../auth/check-auth';
import { headerNameProblem } from '../../header-problems';
import { pagingOf } from '../paging/paging-of';
import { named, wrong } from './declaration-error';
import { checkDetails } from './details';
import { checkExport } from './export';
import { checkFiles } from './files';
import { checkFormat } from './format';
import { checkPath } from './path';
import { checkPlaceholders } from './placeholders';
import { filesListSpec } from '../request-texts';
import { windowProblem } from '../../../windows/window-plan';
import { compileQuery, memberNames } from '../../../values/json-path';

/** Checks a declaration of the right shape. @throws ContractError when it cannot work; the message names the member */
export function checkSpec(spec: RestSpec): void {
  checkWindow(spec);
  checkTimeless(spec);
  checkListSpec(spec.files === undefined ? spec : filesListSpec(spec));
  checkExplode(spec);
  checkDetails(spec);
  checkExport(spec);
  checkFiles(spec);
}

/** Checks what a list of partitions has of a declaration too. @throws ContractError when it cannot work */
export function checkListSpec(spec: RestSpec): void {
  if (spec.auth !== undefined) checkAuth(spec.auth);
  checkPath('path', spec.path);
  checkBody(spec);
  checkKept(spec);
  checkPaging(spec);
  checkFormat(spec);
  checkPlaceholders(spec);
}

function checkWindow({ resume, until, window }: RestSpec): void {
  if (until !== undefined && resume !== 'time' && window === undefined) {
    throw wrong('until', 'nothing is read by time here', 'Declare window, or resume by time');
  }
  const problem = window === undefined ? undefined : windowProblem(window);
  if (problem !== undefined) throw wrong('window', problem, 'Compare it with the vendor’s documentation');
}

function checkExplode({ explode, format }: RestSpec): void {
  if (explode === undefined) return;
  named('explode', () => compileQuery(explode));
  if (memberNames(explode) === undefined || explode === '$')
    throw wrong(
      'explode',
      `${explode} is not a chain of member names`,
      'Write the path of the list in a record',
    );
  if (typeof format === 'object' || format === 'csv')
    throw wrong('explode', 'a cell of a table holds a text, not a list', 'Leave it out');
}

function checkBody(spec: RestSpec): void {
  const { method, since, until, body } = spec;
  if (method === 'POST') return;
  const sent = {
    body: body !== undefined,
    since: since?.in === 'body',
    until: until?.in === 'body',
  };
  const places = Object.entries(pagingOf(spec).places).map(
    ([name, [place]]) => [name, place?.in === 'body'] as const,
  );
  const member = [...Object.entries(sent), ...places].find(([, inBody]) => inBody)?.[0];
  if (member !== undefined) {
    throw wrong(member, 'a GET has no body', 'Declare method POST or send it in the query');
  }
}

/** Checks what names a link or token, and what keeps it for the next run. */
function checkKept({ expired, next, resume, stop }: RestSpec): void {
  if (expired !== undefined && resume !== 'cursor') {
    throw wrong('expired', 'a source that resumes by time keeps no link or token', 'Leave it out');
  }
  if (next.kind === 'link' && next.rel !== undefined && next.from !== undefined) {
    throw wrong('next', 'rel names a link of the header, and from one in the body', 'Give one of them');
  }
  if ('last' in next && next.last !== undefined && (resume !== 'cursor' || stop.on !== 'no-next')) {
    throw wrong(
      'next.last',
      'it is kept for the next run, and the page that has it is the last one',
      "Resume by cursor and stop on 'no-next'",
    );
  }
}

function checkPaging(spec: RestSpec): void {
  const { next, resume, stop } = spec;
  if (stop.on === 'short-page' && !(Number.isInteger(stop.full) && stop.full > 1)) {
    throw wrong('stop.full', `${stop.full} is not a number of records`, 'Say how many a full page has');
  }
  if (pagingOf(spec).isNumbered) checkNumbered(spec);
  else if (stop.on === 'total' || stop.on === 'last-page') {
    throw wrong('stop', `${stop.on} needs pages that are counted`, 'Declare next by page or offset');
  }
  if (next.kind === 'cursor') checkCursor(spec, next);
  if (next.kind === 'none' && (resume !== 'time' || stop.on !== 'no-next')) {
    throw wrong(
      'next',
      'one answer has all of a range',
      "Spread oneAnswer(), or resume by time and stop on 'no-next'",
    );
  }
  if (next.kind !== 'time') return;
  if (resume !== 'time' || stop.on !== 'short-page') {
    throw wrong(
      'next',
      'paging by time needs to know what a full page is',
      'Resume by time and stop on a short page',
    );
  }
}

/** A set that is read by number needs bounds: without them every new record moves the others, and a number says nothing later. */
function checkNumbered({ next, resume, stop }: RestSpec): void {
  if (resume !== 'time') {
    throw wrong(
      'resume',
      `a ${next.kind} number leads to other records once there are more`,
      'Resume by time',
    );
  }
  if (stop.on === 'no-next') {
    throw wrong('stop', 'no answer names the page behind a number', "Stop on 'short-page' or on a total");
  }
  if (stop.on === 'last-page' && next.kind === 'offset') {
    throw wrong('stop', 'an offset counts records, not pages', "Stop on 'total', with the number of records");
  }
  if (next.kind === 'offset' && next.to !== undefined && stop.on !== 'short-page') {
    throw wrong('next.to', 'its distance from the offset is the size of a page', "Stop on 'short-page'");
  }
}

function checkCursor({ stop }: RestSpec, next: Extract<RestSpec['next'], { kind: 'cursor' }>): void {
  const { from, header, join, last, record } = next;
  const places = [from, header, record].filter((place) => place !== undefined);
  if (places.length !== 1) {
    throw wrong(
      'next',
      `it names ${places.length} places of the token`,
      'Give one of from, header and record',
    );
  }
  if (from === undefined && (join !== undefined || last !== undefined)) {
    throw wrong('next', 'join and last are paths of the answer', 'Leave them out, or give from');
  }
  if (header !== undefined && headerNameProblem(header) !== undefined) {
    throw wrong('next.header', headerNameProblem(header) ?? '', 'Write it as it is sent');
  }
  if (record !== undefined && stop.on === 'no-next') {
    throw wrong('stop', 'every record names a next page', "Stop on 'short-page' or 'empty-page'");
  }
}

/** Without a time only a kept link or token tells where the next run begins. */
function checkTimeless({ resume, since, until, window }: RestSpec): void {
  if (since !== undefined) return;
  if (resume !== 'cursor') throw wrong('since', 'windows have a start', 'Declare it, or resume by cursor');
  const member = until !== undefined ? 'until' : window !== undefined ? 'window' : undefined;
  if (member !== undefined) throw wrong(member, 'without since nothing is read by time', 'Leave it out');
}
