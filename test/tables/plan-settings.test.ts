import { neededSettings } from '../../shared/tables/plan-settings';

const nothing = { endpoint: '', dcr: '', streams: {} };
const table = (name: string, rule: string, stream = `Custom-${name}`) => ({ table: name, rule, stream });
const one = { name: 'tributary', immutableId: 'dcr-1', endpoint: 'https://one.ingest' };
const two = { name: 'tributary-2', immutableId: 'dcr-2', endpoint: 'https://two.ingest' };

test('a single rule is the common one', () => {
  expect(neededSettings([table('A_CL', 'tributary')], [one], nothing)).toEqual([
    { name: 'LOGS_INGESTION_ENDPOINT', value: 'https://one.ingest', isSet: false },
    { name: 'DCR_IMMUTABLE_ID', value: 'dcr-1', isSet: false },
  ]);
});

test('tables of a second rule get entries in DCR_STREAMS, beside the existing ones', () => {
  const now = { ...nothing, streams: { Other_CL: { dcr: 'dcr-9' }, B_CL: { dcr: 'dcr-old' } } };
  const settings = neededSettings(
    [table('A_CL', 'tributary'), table('B_CL', 'tributary-2')],
    [one, two],
    now,
  );
  expect(settings.at(-1)).toEqual({
    name: 'DCR_STREAMS',
    value: '{"B_CL":{"dcr":"dcr-2","endpoint":"https://two.ingest"},"Other_CL":{"dcr":"dcr-9"}}',
    isSet: false,
  });
});

test('a common rule from elsewhere stays, and every table gets an entry', () => {
  const now = { endpoint: 'https://mine.ingest', dcr: 'dcr-mine', streams: {} };
  expect(neededSettings([table('A_CL', 'tributary', 'Custom-Mine')], [one], now)).toEqual([
    { name: 'LOGS_INGESTION_ENDPOINT', value: 'https://mine.ingest', isSet: true },
    { name: 'DCR_IMMUTABLE_ID', value: 'dcr-mine', isSet: true },
    {
      name: 'DCR_STREAMS',
      value: '{"A_CL":{"dcr":"dcr-1","stream":"Custom-Mine","endpoint":"https://one.ingest"}}',
      isSet: false,
    },
  ]);
});

test('settings that are already right are marked as set', () => {
  const now = { endpoint: 'https://one.ingest', dcr: 'dcr-1', streams: { B_CL: { dcr: 'dcr-2' } } };
  const own = { ...two, endpoint: one.endpoint };
  const settings = neededSettings(
    [table('A_CL', 'tributary'), table('B_CL', 'tributary-2')],
    [one, own],
    now,
  );
  expect(settings.map(({ isSet }) => isSet)).toEqual([true, true, true]);
});

test('without a rule no setting is needed', () => {
  expect(neededSettings([], [], nothing)).toEqual([]);
});
