import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

const IO = join(__dirname, '..', '..', 'shared', 'io');

/**
 * Who reads a blob's text by itself: the door, those who hold a blob, whoever keeps a damaged one aside, and the sweep,
 * which leaves alone what it cannot read. All others go through `findBlob` and a form, so that a blob that is damaged is named with what to do.
 */
const READS_TEXT = ['damaged-blobs.ts', 'held-blob.ts', 'storage.ts', 'unnamed-segments.ts'];
/** Who reads blobs that are no JSON object: lines, bytes, and copies that are looked at one by one. */
const READS_BYTES = [
  'dead-letters.ts',
  'journal.ts',
  'operators.ts',
  'seen-segments.ts',
  'spool-reading.ts',
  'storage.ts',
];

function filesWith(pattern: RegExp): string[] {
  return readdirSync(IO).filter((name) => pattern.test(readFileSync(join(IO, name), 'utf8')));
}

test('a stored blob of JSON is read through its form', () => {
  expect(filesWith(/\breadBlob\b/)).toEqual(READS_TEXT);
  expect(filesWith(/\bdownloadToBuffer\b/)).toEqual(READS_BYTES);
  expect(filesWith(/\.download\(/)).toEqual(['storage.ts']);
});

test('a stored blob of JSON is written through its form: what could not be read again is never written', () => {
  // The door, and copies of states, which are kept as they were, damaged ones too.
  expect(filesWith(/\bputJson\(/)).toEqual(['held-blob.ts', 'operators.ts', 'storage.ts']);
  expect(filesWith(/\bstoredText\(/)).toEqual(['held-blob.ts', 'storage.ts']);
  expect(filesWith(/ lineText\(`|= lineText\(/)).toEqual(['dead-letters.ts', 'journal.ts']);
});

test('bytes go to storage in the doors alone, each of which checks what it writes or reads it back by a checksum or a length', () => {
  const writes = [
    'upload\\w*',
    'stageBlock\\w*',
    'commitBlockList',
    'syncUpload\\w*',
    '(?:begin|sync)CopyFromURL',
  ];
  expect(filesWith(new RegExp(`\\.(?:${writes.join('|')})\\(`))).toEqual([
    'damaged-blobs.ts',
    'dead-letters.ts',
    'seen-segments.ts',
    'spool.ts',
    'storage.ts',
  ]);
  expect(filesWith(/\.appendBlock\w*\(/)).toEqual(['journal.ts']);
  expect(filesWith(/\.setMetadata\(/)).toEqual(['spool.ts']);
  expect(filesWith(/\.sendMessage\(/)).toEqual(['queue.ts']);
  const shared = join(IO, '..');
  const others = readdirSync(shared, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.startsWith(`io${sep}`),
  );
  const beside = others.filter((name) =>
    /storage-(?:blob|queue)'|BlobClient\(/.test(readFileSync(join(shared, name), 'utf8')),
  );
  expect(beside).toEqual([]);
});

test('a path in storage is made of names in one place, which checks them', () => {
  expect(filesWith(/(?:BlobClient\(|prefix: )`[^`\n]*\/\$\{/)).toEqual([]);
  expect(filesWith(/\bsourcePath\(|\bpathOf\(/)).toEqual([
    'backfills.ts',
    'blob-paths.ts',
    'budget-store.ts',
    'checkpoints.ts',
    'damaged-blobs.ts',
    'dead-letters.ts',
    'ended-backfills.ts',
    'journal.ts',
    'operators.ts',
    'run-reports.ts',
    'seen-apps.ts',
    'seen-segments.ts',
    'spool.ts',
    'streams.ts',
    'unnamed-segments.ts',
  ]);
});

test('only the door opens a container or a queue, so that each name begins with the app’s prefix', () => {
  const shared = join(IO, '..');
  const opens = readdirSync(shared, { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      name.endsWith('.ts') &&
      /\b(?:getContainerClient|getQueueClient|new \w*(?:Container|Queue)Client)\(/.test(
        readFileSync(join(shared, name), 'utf8'),
      ),
  );
  expect(opens).toEqual([join('io', 'storage.ts')]);
});
