import type { RestTime, RestTimeFormat } from '../../contract/rest';

const WRITE: Readonly<Record<RestTimeFormat, (time: string) => string | number>> = {
  iso: (time) => time,
  'iso-s': (time) => `${time.slice(0, 19)}Z`,
  'epoch-s': (time) => Math.floor(Date.parse(time) / 1e3),
  'epoch-ms': (time) => Date.parse(time),
};

/** The finest step, in milliseconds, that each of these parameters can hold. */
export function stepOf(parameters: readonly (RestTime | undefined)[]): number {
  const isCoarse = parameters.some((one) => one?.format === 'iso-s' || one?.format === 'epoch-s');
  return isCoarse ? 1_000 : 1;
}

/** Writes a time, ISO 8601 in UTC, in the format of its parameter. */
export function writeTime(time: string, { format = 'iso' }: RestTime): string | number {
  return WRITE[format](time);
}
