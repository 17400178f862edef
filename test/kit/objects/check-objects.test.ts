import { objects } from '../../../shared/kit/objects/objects';
import { connectorProblems } from '../../../shared/kit/connector-problems';
import { defineConnector, secret, text, url } from '../../../shared/kit/define-connector';
import type { Connector } from '../../../shared/contract/connector';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import { awsPlace } from '../../../shared/kit/objects/aws';

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
  ['format', { format: 'xml' }],
  ['format.csv.delimiter', { format: { csv: { delimiter: 'ab' } } }],
  ['format.csv.quotes', { format: { csv: { quotes: '"' } } }],
  ['records', { records: 'a..b' }],
  ['records', { records: 'items', format: 'csv' }],
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
  ['https://sqs.eu-west-1.amazonaws.com/1/q', 'eu-west-1', 'https://s3.eu-west-1.amazonaws.com'],
  ['https://us-west-1.queue.amazonaws.com/1/q', 'us-west-1', 'https://s3.us-west-1.amazonaws.com'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/1/q', 'cn-north-1', 'https://s3.cn-north-1.amazonaws.com.cn'],
  [
    'https://sqs-fips.us-gov-west-1.amazonaws.com/1/q',
    'us-gov-west-1',
    'https://s3-fips.us-gov-west-1.amazonaws.com',
  ],
  ['http://127.0.0.1:4566/1/q', 'us-east-1', 'http://127.0.0.1:4566'],
])('the address of the queue contains the region and the address of S3: %s', (address, region, files) => {
  expect(awsPlace(address)).toEqual({ region, queue: new URL(address).origin, files });
});

test('an address of AWS without a region is a SettingError', () => {
  expect(() => awsPlace('https://queue.amazonaws.com/1/q')).toThrow('names no region');
});
