import { objects } from '../../../shared/kit/objects/objects';
import { connectorProblems } from '../../../shared/kit/connector-problems';
import { defineConnector, secret, text, url } from '../../../shared/kit/define-connector';
import type { Connector } from '../../../shared/contract/connector';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import { addressesOfObjects, awsPlace } from '../../../shared/kit/objects/aws';

const KEYS = { id: 'keyId', secret: 'secretKey' } as const;
const SPEC: ObjectsSpec = { store: 's3', queue: 'url', keys: KEYS };
const TABLE = { name: 'AcmeFiles_CL', time: 'at', columns: {} };

function problemsOf(spec: ObjectsSpec, more: object = {}): readonly string[] {
  const connector = {
    name: 'acme',
    title: 'Acme',
    settings: { url: url('The queue.'), keyId: text('The key.'), secretKey: secret('The secret.') },
    sources: { files: { pull: objects(spec), table: TABLE, ...more } },
  };
  return connectorProblems(connector, 'acme');
}

test('a valid declaration has no problem', () => {
  expect(problemsOf(SPEC)).toEqual([]);
});

test.each<[string, object]>([
  ['store', { store: 'ftp' }],
  ['queue', { queue: 1 }],
  ['keys', { keys: 'keyId' }],
  ['keys.id', { keys: { secret: 'secretKey' } }],
  ['keys.role', { keys: { ...KEYS, role: 'x' } }],
  ['role.arn', { role: { externalId: 'x' } }],
  ['role.name', { role: { arn: 'roleArn', name: 'x' } }],
  ['format', { format: 'xml' }],
  ['format.csv.delimiter', { format: { csv: { delimiter: 'ab' } } }],
  ['format.csv.quotes', { format: { csv: { quotes: '"' } } }],
  ['records', { records: 'a..b' }],
  ['records', { records: 'items', format: 'csv' }],
  ['ignore', { ignore: 'digest' }],
  ['ignore', { ignore: [''] }],
  ['bucket', { bucket: 'b' }],
])('a wrong %s is refused with its name', (member, part) => {
  expect(() => objects({ ...SPEC, ...part })).toThrow(`reading a declaration of objects: ${member}: `);
});

test.each<[string, ObjectsSpec]>([
  ['queue names keyId, which is not a url setting', { ...SPEC, queue: 'keyId' }],
  ['keys.secret names keyId, which is not a secret setting', { ...SPEC, keys: { ...KEYS, secret: 'keyId' } }],
  [
    'keys.token names nothing, which is not a secret setting',
    { ...SPEC, keys: { ...KEYS, token: 'nothing' } },
  ],
  ['role.arn names secretKey, which is not a text setting', { ...SPEC, role: { arn: 'secretKey' } }],
])('%s', (problem, spec) => {
  expect(problemsOf(spec)).toEqual([expect.stringContaining(problem)]);
});

test('a queue has no windows and no partitions', () => {
  const problems = problemsOf(SPEC, {
    window: { lag: { minMs: 0, maxMs: 0 } },
    partitions: () => Promise.resolve([]),
  });
  expect(problems.join()).toMatch(/Leave window out.*Leave partitions out/);
});

test('a connector of files only needs no setting named url', () => {
  const pull = objects({ ...SPEC, queue: 'queue' });
  const settings = { keyId: text('The key.'), secretKey: secret('The secret.') };
  const files = { pull, table: TABLE, settings: { queue: url('The queue.') } };
  expect(connectorProblems({ name: 'acme', title: 'Acme', settings, sources: { files } }, 'acme')).toEqual(
    [],
  );
});

test('two sources do not share a queue', () => {
  const source = { pull: objects(SPEC), table: TABLE };
  const other = { ...source, table: { ...TABLE, name: 'AcmeOther_CL' } };
  const settings = { url: url('The queue.'), keyId: text('The key.'), secretKey: secret('The secret.') };
  const connector: Connector = { name: 'acme', title: 'Acme', settings, sources: { source, other } };
  expect(connectorProblems(connector, 'acme')).toEqual([expect.stringContaining('read one queue')]);
});

test('the names of its settings are checked by the compiler', () => {
  const pull = objects({ store: 's3', queue: 'url', keys: { id: 'keyIds', secret: 'secretKey' } });
  const connector = defineConnector({
    name: 'acme',
    title: 'Acme',
    settings: { url: url('The queue.'), keyId: text('The key.'), secretKey: secret('The secret.') },
    // @ts-expect-error -- no setting has this name
    sources: { files: { pull, table: TABLE } },
  });
  expect(connectorProblems(connector, 'acme')).toHaveLength(1);
});

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/1/q', 'eu-west-1', 's3.eu-west-1', 'sts.eu-west-1'],
  ['https://us-west-1.queue.amazonaws.com/1/q', 'us-west-1', 's3.us-west-1', 'sts.us-west-1'],
  ['https://sqs-fips.us-west-2.amazonaws.com/1/q', 'us-west-2', 's3-fips.us-west-2', 'sts-fips.us-west-2'],
  [
    'https://sqs-fips.us-gov-west-1.amazonaws.com/1/q',
    'us-gov-west-1',
    's3-fips.us-gov-west-1',
    'sts.us-gov-west-1',
  ],
])(
  'the address of the queue contains the region and the addresses of S3 and STS: %s',
  (address, region, s3, sts) => {
    expect(awsPlace(address)).toEqual({
      region,
      queue: new URL(address).origin,
      files: `https://${s3}.amazonaws.com`,
      roles: `https://${sts}.amazonaws.com`,
    });
  },
);

test('a queue in China has its neighbours in China, and one that is not of AWS has all at its own address', () => {
  expect(awsPlace('https://sqs.cn-north-1.amazonaws.com.cn/1/q')).toMatchObject({
    files: 'https://s3.cn-north-1.amazonaws.com.cn',
    roles: 'https://sts.cn-north-1.amazonaws.com.cn',
  });
  const origin = 'http://127.0.0.1:4566';
  expect(awsPlace(`${origin}/1/q`)).toEqual({
    region: 'us-east-1',
    queue: origin,
    files: origin,
    roles: origin,
  });
});

test('STS is asked only where the setting of the role has a value', () => {
  const spec: ObjectsSpec = { ...SPEC, role: { arn: 'roleArn' } };
  const url = 'https://sqs.eu-west-1.amazonaws.com/1/q';
  expect(addressesOfObjects(spec, { url, roleArn: '' })).toEqual(['https://s3.eu-west-1.amazonaws.com']);
  expect(addressesOfObjects(spec, { url, roleArn: 'arn:aws:iam::1:role/r' })).toEqual([
    'https://s3.eu-west-1.amazonaws.com',
    'https://sts.eu-west-1.amazonaws.com',
  ]);
});

test('an address of AWS without a region is a SettingError', () => {
  expect(() => awsPlace('https://queue.amazonaws.com/1/q')).toThrow('names no region');
});
