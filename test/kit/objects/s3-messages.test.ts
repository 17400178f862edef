import { readS3Message } from '../../../shared/kit/objects/s3-messages';

const record = (object: object, more: object = {}): object => ({
  eventSource: 'aws:s3',
  eventName: 'ObjectCreated:Put',
  s3: { bucket: { name: 'logs' }, object: { key: 'a.json', size: 9, eTag: 'e', sequencer: '1', ...object } },
  ...more,
});
const message = (...records: object[]): string => JSON.stringify({ Records: records });
const keysIn = (body: string): readonly string[] | string => {
  const content = readS3Message(body);
  return 'problem' in content ? content.problem : content.files.map(({ key }) => key);
};

test.each([
  ['a/b+c.json', 'a/b c.json'],
  ['a/b%2Bc.json', 'a/b+c.json'],
  ['%C3%A9%25.json', 'é%.json'],
])('a key is decoded like a form: %s', (encoded, key) => {
  expect(keysIn(message(record({ key: encoded })))).toEqual([key]);
});

test('a message may name several files', () => {
  expect(keysIn(message(record({ key: 'a' }), record({ key: 'b' })))).toEqual(['a', 'b']);
});

test('the envelope of SNS is removed', () => {
  const wrapped = JSON.stringify({ Type: 'Notification', Message: message(record({})) });
  expect(keysIn(wrapped)).toEqual(['a.json']);
});

const bridged = (object: object, type = 'Object Created'): string =>
  JSON.stringify({
    source: 'aws.s3',
    'detail-type': type,
    detail: { bucket: { name: 'logs' }, object: { key: 'a', size: 9, etag: 'e', sequencer: '1', ...object } },
  });

test('an event of EventBridge names a file, whose key may be encoded or not', () => {
  const content = readS3Message(bridged({ key: 'a+b/c.json', 'version-id': 'v' }));
  expect(content).toMatchObject({
    files: [{ bucket: 'logs', key: 'a+b/c.json', otherKey: 'a b/c.json', size: 9, etag: 'e', version: 'v' }],
  });
  expect(readS3Message(bridged({ key: 'c.json' }))).not.toHaveProperty('files.0.otherKey');
});

test('a notification and an event of EventBridge about one file give it the same identity', () => {
  const identities = [message(record({ key: 'a' })), bridged({})].map((body) => {
    const content = readS3Message(body);
    return 'files' in content ? content.files[0]?.identity : content.problem;
  });
  expect(identities[0]).toBe(identities[1]);
});

test.each([
  ['the test event of S3', JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'logs' })],
  ['a deleted file', message(record({}, { eventName: 'ObjectRemoved:Delete' }))],
  ['an empty file', message(record({ size: 0 }))],
  ['an event about a deleted file', bridged({}, 'Object Deleted')],
  ['an event about an empty file', bridged({ size: 0 })],
])('%s names no file to read', (_, body) => {
  expect(keysIn(body)).toEqual([]);
});

test.each([
  ['invalid JSON', 'hello'],
  ['a list', '[]'],
  ['an event of another service', message(record({}, { eventSource: 'aws:sns' }))],
  ['no records', '{"Records":[]}'],
  ['an event without a key', bridged({ key: '' })],
  ['no key', message(record({ key: undefined }))],
  ['a key that cannot be decoded', message(record({ key: '%E0%A4' }))],
  [
    'a bucket that leads to another host',
    message({ ...record({}), s3: { bucket: { name: 'x/../y' }, object: { key: 'a' } } }),
  ],
])('%s is not a message of S3', (_, body) => {
  expect(keysIn(body)).toMatch(/^(it|one of its records)/);
});

test('a file has the same identity in each message about it, and its next version has another one', () => {
  const identityOf = (body: string): unknown => {
    const content = readS3Message(body);
    return 'files' in content ? content.files[0]?.identity : undefined;
  };
  const first = identityOf(message(record({})));
  expect(identityOf(message(record({}, { eventTime: 'later' })))).toBe(first);
  for (const other of [{ key: 'b' }, { eTag: 'f' }, { versionId: '2' }, { sequencer: '2' }])
    expect(identityOf(message(record(other)))).not.toBe(first);
});
