import { filesBelow, read } from './sources';

const SHARED = 'shared/';
const STORAGE = 'shared/storage/';

/**
 * The files that read a blob's text themselves: the storage door, the holders of leases, the code that moves a damaged blob to
 * `damaged/`, and the sweep, which ignores what it cannot read. All others use `findBlob` and a form, so that a damaged blob is
 * reported with its name and the remedy.
 */
const READS_TEXT = ['damaged-blobs.ts', 'leased-blob.ts', 'state/orphaned-segments.ts', 'storage.ts'];
/** The files that read blobs which are not JSON objects: lines, bytes, and backups that are read one by one. */
const READS_BYTES = [
  'spool/read-blobs.ts',
  'state/backups.ts',
  'state/dead-letters.ts',
  'state/dedup-segments.ts',
  'state/jsonl-log.ts',
  'storage.ts',
];

/** The files of storage that contain a text, as paths from its folder. */
function filesWith(pattern: RegExp): string[] {
  return filesBelow(STORAGE)
    .filter((file) => pattern.test(read(file)))
    .map((file) => file.slice(STORAGE.length));
}

test('every stored JSON blob is read with a check of its form', () => {
  expect(filesWith(/\breadBlob\b/)).toEqual(READS_TEXT);
  expect(filesWith(/\bdownloadToBuffer\b/)).toEqual(READS_BYTES);
  expect(filesWith(/\.download\(/)).toEqual(['storage.ts']);
});

test('every stored JSON blob is written with a check of its form: nothing unreadable is written', () => {
  // The door, and the backups of states, which are stored unchanged, damaged ones too.
  expect(filesWith(/\bputJson\(/)).toEqual(['leased-blob.ts', 'state/backups.ts', 'storage.ts']);
  expect(filesWith(/\bstoredText\(/)).toEqual(['leased-blob.ts', 'storage.ts']);
  expect(filesWith(/ lineText\(`|= lineText\(/)).toEqual(['state/dead-letters.ts', 'state/jsonl-log.ts']);
});

test('only the doors write bytes to storage, and each checks what it writes by a checksum or a length', () => {
  const writes = [
    'upload\\w*',
    'stageBlock\\w*',
    'commitBlockList',
    'syncUpload\\w*',
    '(?:begin|sync)CopyFromURL',
  ];
  expect(filesWith(new RegExp(`\\.(?:${writes.join('|')})\\(`))).toEqual([
    'damaged-blobs.ts',
    'spool/spool.ts',
    'state/dead-letters.ts',
    'state/dedup-segments.ts',
    'storage.ts',
  ]);
  expect(filesWith(/\.appendBlock\w*\(/)).toEqual(['state/jsonl-log.ts']);
  expect(filesWith(/\.setMetadata\(/)).toEqual(['spool/spool.ts']);
  expect(filesWith(/\.sendMessage\(/)).toEqual(['trigger-queue.ts']);
  const others = filesBelow(SHARED).filter((file) => !file.startsWith(STORAGE));
  const beside = others.filter((name) => /storage-(?:blob|queue)'|BlobClient\(/.test(read(name)));
  expect(beside).toEqual([]);
});

test('storage paths are built from names in one file, which checks them', () => {
  expect(filesWith(/(?:BlobClient\(|prefix: )`[^`\n]*\/\$\{/)).toEqual([]);
  expect(filesWith(/\bsourcePath\(|\bpathOf\(/)).toEqual([
    'blob-paths.ts',
    'damaged-blobs.ts',
    'spool/spool.ts',
    'state/backfills.ts',
    'state/backups.ts',
    'state/budget-store.ts',
    'state/checkpoints.ts',
    'state/dead-letters.ts',
    'state/dedup-segments.ts',
    'state/jsonl-log.ts',
    'state/orphaned-segments.ts',
    'state/pauses.ts',
    'state/run-reports.ts',
    'state/seen-apps.ts',
    'state/stream-columns.ts',
  ]);
});

test('only the door opens a container or a queue, so that each name begins with the app’s prefix', () => {
  const opens = filesBelow(SHARED).filter((name) =>
    /\b(?:getContainerClient|getQueueClient|new \w*(?:Container|Queue)Client)\(/.test(read(name)),
  );
  expect(opens).toEqual(['shared/storage/storage.ts']);
});
