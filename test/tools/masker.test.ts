import { isIPv4, isIPv6 } from 'node:net';
import { countsText, createMasker } from '../../tools/mask/masker';
import type { Json } from '../../shared/contract/json';

interface Answer {
  readonly items: readonly Readonly<Record<string, Json>>[];
}

/** Masks answers of one recording. */
function masked(items: readonly Readonly<Record<string, Json>>[], idNames: readonly string[] = []): Answer {
  const known = new Map([
    ['s3cr3t-token-of-acme', 'example-token'],
    ['acme.vendor.test', 'example.com'],
  ]);
  return { items: createMasker(known, { idNames }).mask(items) as Answer['items'] };
}

test('personal data is replaced everywhere, and the shape of the record stays', () => {
  const person = {
    id: '7f3c2b9a-1d2e-4f50-8a6b-0c1d2e3f4a5b',
    user: { name: 'Zoë Quintero', login: 'zquintero', email: 'zoe.q@acme.test', phone: '+44 20 7946 0958' },
    ip: '10.20.30.40',
    ipv6: 'fe80::1ff:fe23:4567:890a',
    message:
      'zquintero (zoe.q@acme.test, 10.20.30.40) used s3cr3t-token-of-acme at https://acme.vendor.test/x',
    session_token: 'Zx81kTq0',
    created: '2026-11-20T10:00:00.123Z',
    agent: 'Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36',
    type: 'user.session.start',
    display_name: '森 健',
    reason: 'refused by Zoë Quintero with s3cr3t-token-of-acme',
    severity: 4,
    longId: 12345678901234567890n,
  };
  const [record] = masked([person]).items as [typeof person];
  const text = JSON.stringify({ ...record, longId: String(record.longId) });
  for (const personal of [
    'Zoë',
    '森',
    'quintero',
    'acme',
    '7946',
    '10.20.30.40',
    'fe80',
    's3cr3t',
    'Zx81kTq0',
    '7f3c2b9a',
    '12345678901234567890',
  ]) {
    expect(text).not.toContain(personal);
  }
  expect(Object.keys(record)).toEqual(Object.keys(person));
  expect(record).toMatchObject({
    created: person.created,
    agent: person.agent,
    type: person.type,
    severity: 4,
  });
  expect([isIPv4(record.ip), isIPv6(record.ipv6), typeof record.longId]).toEqual([true, true, 'bigint']);
  expect(record.id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  expect(record.message).toContain(record.user.email);
  expect(record.message).toContain(record.user.login);
});

test('ids stay distinct, and the same one stays the same from page to page', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `ev-${index}`);
  const pages = [...ids, ...ids].map((uid) => ({ uid }));
  const after = masked(pages, ['uid']).items.map(({ uid }) => uid);
  expect(after.slice(0, 200)).toEqual(after.slice(200));
  expect(new Set(after).size).toBe(200);
  expect(after.filter((id) => ids.includes(id as string)).length).toBeLessThan(200);
});

test.each([
  ['one after another', Array.from({ length: 2_000 }, (_, at) => String(1_000 + at))],
  ['short and identify no one', ['x', 'y', '1', '2', 'abc', 'abd']],
])('ids stay distinct where they are %s', (_, ids) => {
  const { items } = masked(ids.map((id) => ({ id })));
  expect(new Set(items.map(({ id }) => id)).size).toBe(ids.length);
  // A placeholder that equals another id would be confused with it in a later recording.
  expect(items.filter(({ id }, at) => id !== ids[at] && ids.includes(id as string))).toEqual([]);
});

test.each([
  ['authorization', 'AWS4-HMAC-SHA256 Credential=AKIAABCDEFGH/2026, Signature=fe5f80aa'],
  ['password', 'jane@corp.test:hunter2'],
  ['cookie', 'sid=abc123secret; ip=10.1.2.3'],
  ['secret', '{"a":"hunter2"}'],
  ['secret', 'пароль'],
  ['token', '2026-01-01T00:00:00Z:deadbeef'],
])('the secret %s is replaced as a whole: %s', (name, secret) => {
  const text = JSON.stringify(masked([{ [name]: secret }]));
  for (const part of secret.split(/[^\p{L}\d]+/u).filter((one) => one.length > 3 && !/^\d+$/.test(one)))
    expect(text).not.toContain(part);
});

test.each([
  [{ privateKey: 'MIIEabcdef' }, 'MIIEabcdef'],
  [{ user: { name: '{"x":"Jane Roe"}' } }, 'Jane'],
  [{ who: 'jane_corp.test#EXT#@other.example.org' }, 'jane'],
])('it also hides what %j reveals in a recording', (record, told) => {
  expect(JSON.stringify(masked([record]))).not.toContain(told);
});

test.each([
  [{ userPrincipalName: 'Jane Roe' }],
  [{ targetUser: 'Jane Roe' }],
  [{ users: ['Jane Roe', 'Jane'] }],
  [{ name: 'Jane Roe' }],
  [{ address: 'Jane Roe 1' }],
])('a sample of an unknown product names no person: %j', (record) => {
  const [sample] = createMasker(new Map(), { isSample: true }).mask([record]);
  expect(JSON.stringify(sample)).not.toMatch(/Jane|Roe/);
});

test('in a sample the name of a rule or an application stays', () => {
  const record = { rule_name: 'No guests', applicationName: 'Mail' };
  expect(createMasker(new Map(), { isSample: true }).mask([record])).toEqual([record]);
});

test('a text that begins with a time is searched like any other', () => {
  const text = JSON.stringify(masked([{ line: '2026-01-01 00:00:00 jane@corp.test from 10.1.2.3' }]));
  expect(text).not.toMatch(/jane|10\.1\.2\.3/);
});

test.each([
  [{ versionAuthor: 'jane@corp.test' }, /jane/],
  [{ version: '7.1 by jane@corp.test' }, /jane/],
  [{ conversion_ip: '10.1.2.3' }, /10\.1\.2\.3/],
  [{ who: 'Jane Roe', user_name: 'Jane Roe', app_version: '7.1 (Jane Roe)' }, /Jane/],
  [{ message: 'from v10.1.2.3 and 10.1.2.4x, host.10.1.2.5, _10.1.2.6_ and ip/10.1.2.7' }, /10\.1\.2\./],
  [{ lat: 48.4, lon: 11, client_longitude: '-11.57' }, /48|11/],
  [{ latitude: 48.13743, where: 'near 48.13743' }, /48/],
  [{ coordinates: [48.4, 11.57] }, /48|11/],
  [{ postalCode: 80331, zip: 80332, homeZip: 80333, zip_code: '80334', postal: '80335' }, /8033\d/],
])('it hides the address, place or person in %j', (record, hidden) => {
  expect(JSON.stringify(masked([record]))).not.toMatch(hidden);
});

test('a masked coordinate keeps its type: whole degrees or a fraction', () => {
  const [{ lat, lon } = {}] = masked([{ lat: 48.4, lon: 11 }]).items;
  expect([Number.isInteger(lat), Number.isInteger(lon)]).toEqual([false, true]);
});

test('codes of the vendor stay: short numbers, kinds, results, versions, times', () => {
  const codes = {
    event_id: 4624,
    credentialType: 'PASSWORD',
    result: 'SUCCESS',
    version: '1.2.3.4',
    osVersion: 'v10.0.19.4',
    client_version_number: '2.0.0-beta.1',
    section: '1.2.3.4.5',
    at: '10:20:30',
  };
  expect(masked([codes]).items).toEqual([codes]);
});

test('in a sample links and JSON inside texts are masked too, equal values by equal placeholders', () => {
  const masker = createMasker(new Map(), { isSample: true });
  const before = {
    time: '2026-11-01T10:00:00Z',
    action: 'login',
    event_name: 'User login',
    user: { id: 7, displayName: 'Jane Roe', emails: ['jane@corp.test'] },
    message: 'jane@corp.test came from 10.1.2.3 with Bearer abcdef123456',
    client_ip: 'fe80::1',
    api_key: 'k-1',
    session: '0b7c2a1e-1111-4222-8333-abcdefabcdef',
    text: '{"email":"jane@corp.test"}',
    link: 'https://corp.test/a?token=1',
    lat: 48.1,
  };
  const [after] = masker.mask([before]) as [typeof before];
  expect(after).toEqual({
    time: '2026-11-01T10:00:00Z',
    action: 'login',
    event_name: 'User login',
    user: { id: 7, displayName: 'Person 1', emails: ['user1@example.com'] },
    message: expect.stringMatching(
      /^user1@example\.com came from 192\.0\.2\.1 with Bearer (?!abcdef123456)[\da-z]{12}$/,
    ),
    client_ip: '2001:db8::1',
    api_key: expect.stringMatching(/^\w-\w$/),
    session: expect.stringMatching(/^[\da-f-]{36}$/),
    text: '{"email":"user1@example.com"}',
    link: 'https://host1.example.com/',
    lat: 0.5,
  });
  expect(after.session).not.toBe(before.session);
  expect(countsText(masker.counts())).toContain('1 email');
});
