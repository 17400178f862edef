import { prettyJson, stringifyJson } from '../../shared/values/json/json';
import type { MaskedRequest } from './masked-request';
import type { TriedExchange, TriedRecord, TryReport } from './try-source';
import { formatId } from '../../shared/contract/checkpoint';
import type { Json } from '../../shared/contract/json';

const LABEL_WIDTH = 18;

/** The vendor that was asked. */
const VENDOR_TEXT: Readonly<Record<TryReport['vendor'], string>> = {
  real: 'the real address',
  simulated: 'the simulated vendor; none of its settings is set',
  fixtures: 'its fixtures, signed as its vendor signs',
};

/** A try as text: requests, answers, records, drift and the next request. */
export function tryText(report: TryReport): string {
  const { deadLetters, drift, error, records } = report;
  return [
    `${formatId(report)}  (${VENDOR_TEXT[report.vendor]})`,
    ...report.exchanges.flatMap(exchangeLines),
    ...(error === undefined ? [] : ['', line('stopped', `${error.name}: ${error.message}`)]),
    ...countLines(report),
    ...report.shown.flatMap(recordLines),
    ...(records === undefined
      ? []
      : [
          '',
          line('drift', drift.length === 0 ? 'none: every value fits its column' : ''),
          ...drift.map((each) => `  ${each.column} (${each.from}): ${each.why}; ${times(each.records)}`),
          ...(deadLetters === 0 ? [] : [line('dead letters', String(deadLetters))]),
        ]),
    ...(report.vendor === 'fixtures' ? [] : positionLines(report)),
    '',
    report.vendor === 'fixtures'
      ? 'Nothing was stored and nothing was delivered.'
      : 'Nothing was delivered and no checkpoint changed.',
  ].join('\n');
}

function countLines({ error, records, vendor }: TryReport): string[] {
  if (records !== undefined)
    return ['', line('records', `${records} ${vendor === 'fixtures' ? 'in all posts' : 'on this page'}`)];
  return error === undefined ? ['', line('records', 'none: the vendor has nothing since that time')] : [];
}

/** The checkpoint and the next request. */
function positionLines({ checkpoint, error, next, records }: TryReport): string[] {
  return [
    ...(records === undefined ? [] : ['', line('checkpoint', stringifyJson(checkpoint))]),
    ...(next === null
      ? error === undefined
        ? [line('next request', 'none: this was the last page')]
        : []
      : requestLines('next request', next)),
  ];
}

function times(count: number): string {
  return count === 1 ? 'in one record' : `in ${count} records`;
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`.trimEnd();
}

function exchangeLines({ error, rateHeaders, request, status }: TriedExchange): string[] {
  const rates = Object.entries(rateHeaders ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [
    '',
    ...requestLines('request', request),
    line('status', status === undefined ? `no usable answer: ${error ?? ''}` : String(status)),
    ...(rateHeaders === undefined
      ? []
      : [line('rate headers', rates.length === 0 ? 'none' : rates.join(' · '))]),
  ];
}

function requestLines(label: string, { address, body, headers, method, query }: MaskedRequest): string[] {
  const members = (all: Readonly<Record<string, string>>): string[] =>
    Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [
    line(label, `${method} ${address}`),
    ...members(query).map((text, index) => line(index === 0 ? '  query' : '', text)),
    ...members(headers).map((text, index) => line(index === 0 ? '  headers' : '', text)),
    ...(body === undefined ? [] : [line('  body', typeof body === 'string' ? body : stringifyJson(body))]),
  ];
}

function recordLines({ additionalFields, became, drift, letter, record, row }: TriedRecord): string[] {
  return [
    '',
    'raw record',
    indented(record),
    ...(row === undefined ? [line('row', `none: it becomes a ${became}`)] : ['row', indented(row)]),
    ...(letter === undefined ? [] : [line('dead letter', `${letter.cause}: ${letter.detail}`)]),
    ...(row === undefined
      ? []
      : additionalFields === undefined
        ? [line('AdditionalFields', 'nothing: every member has a column')]
        : ['AdditionalFields', indented(additionalFields)]),
    ...drift.map((each) => `  does not fit: ${each.column} (${each.from}): ${each.why}`),
  ];
}

function indented(value: Json): string {
  return prettyJson(value).replace(/^/gm, '  ');
}
