import { SettingError } from '../../shared/contract/errors';
import { readDcrStreams } from '../../shared/sink/dcr-streams';

test.each([
  [undefined, {}],
  [' ', {}],
  ['{"A_CL":{"dcr":"x","note":1}}', { A_CL: { dcr: 'x', note: 1 } }],
])('reads %j', (text, value) => {
  expect(readDcrStreams(text === undefined ? {} : { DCR_STREAMS: text })).toEqual(value);
});

test.each([
  ['{', /^reading DCR_STREAMS: it is not JSON\. Write/],
  ['[]', /it is not a JSON object of objects\. Write/],
  ['{"A_CL":"x"}', /it is not a JSON object of objects\. Write/],
  ['null', /it is not a JSON object of objects\. Write/],
  ['{"A_CL":{}}', /dcr of A_CL is missing or not text\. Write {"A_CL":{"dcr":/],
  ['{"A_CL":{"dcr":"x","stream":1}}', /stream of A_CL is not text\. Write {"A_CL":{"dcr":/],
])('refuses %s', (DCR_STREAMS, message) => {
  const read = (): unknown => readDcrStreams({ DCR_STREAMS });
  expect(read).toThrow(SettingError);
  expect(read).toThrow(message);
});
