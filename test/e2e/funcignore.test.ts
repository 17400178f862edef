import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/* The files that a clone uploads when it is published from its root, by each reader of .funcignore. */

const ROOT = join(__dirname, '..', '..');
const FUNCIGNORE = readFileSync(join(ROOT, '.funcignore'), 'utf8');
const UPLOADED = [
  'dist/app.js',
  'dist/app.js.LEGAL.txt',
  'host.json',
  'package.json',
  'tools/build/build.mjs',
];

test('Core Tools uploads the bundle and its companions, and nothing else of a clone', () => {
  const accepts = coreTools(FUNCIGNORE);
  expect(filesIn(ROOT).filter(accepts).sort()).toEqual(UPLOADED);
});

test('VS Code and azd, which read .funcignore as git does, upload the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-funcignore-'));
  try {
    execFileSync('git', ['init', '-q', folder]);
    cpSync(join(ROOT, '.funcignore'), join(folder, '.git', 'info', 'exclude'));
    const files = filesIn(ROOT);
    const ignored = execFileSync('git', ['-C', folder, 'check-ignore', '--no-index', '--stdin', '-z'], {
      input: files.join('\0'),
      maxBuffer: 64 * 1024 * 1024,
    });
    const left = new Set(ignored.toString('utf8').split('\0'));
    expect(files.filter((file) => !left.has(file)).sort()).toEqual(UPLOADED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('patterns match as in Core Tools: one that ends in a slash does not match scoped packages', () => {
  const accepts = coreTools('node_modules/\n*.ts\n# a comment\n!node_modules/kept\n');
  const files = ['node_modules/axios/index.js', 'node_modules/@azure/functions/index.js'];
  expect(files.map(accepts)).toEqual([false, true]);
  expect(['a.ts', 'shared/a.ts', 'node_modules/kept/index.js'].map(accepts)).toEqual([false, true, true]);
});

test('what is uploaded needs no install and no build when a remote build runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-published-'));
  try {
    for (const file of UPLOADED) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(ROOT, file), join(folder, file));
    }
    const bundle = readFileSync(join(folder, 'dist', 'app.js'));
    for (const script of ['prepare', 'build']) {
      const said = execFileSync('npm', ['run', '--silent', script], { cwd: folder, encoding: 'utf8' });
      expect(said).toBe('Not built: the sources are not here. dist/app.js stays as it was published.\n');
    }
    expect(readFileSync(join(folder, 'dist', 'app.js')).equals(bundle)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Tells which paths `func azure functionapp publish` uploads: `GitIgnoreParser` and `GetLocalFiles` of Core Tools 4.
 * A pattern is a prefix of the whole path that ends at a word boundary; `*` stands for one or more characters of one
 * name, `**` for any; one with `!` wins, wherever it stands.
 * @see https://github.com/Azure/azure-functions-core-tools/blob/main/src/Cli/func/Common/GitIgnoreParser.cs
 */
function coreTools(text: string): (path: string) => boolean {
  const lines = text.split('\n').map((line) => line.trim());
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const isIn = (wanted: readonly string[]): ((path: string) => boolean) => {
    const sources = wanted.map((pattern) =>
      pattern
        .replace(/^\//, '')
        .replace(/[-[\]/{}()+?.\\^$|]/g, '\\$&')
        .replaceAll('**', '(.+)')
        .replaceAll('*', '([^\\/]+)'),
    );
    return (path) => sources.some((source) => new RegExp(`^(${source})\\b`).test(path));
  };
  const denied = isIn(patterns.filter((line) => !line.startsWith('!')));
  const spared = isIn(patterns.filter((line) => line.startsWith('!')).map((line) => line.slice(1)));
  return (path) => {
    const names = path.split('/');
    if (names.some((name) => ['.git', '.vscode'].includes(name))) return false;
    if (['.funcignore', '.gitignore', 'local.settings.json'].includes(names.at(-1) ?? '')) return false;
    return spared(path) || !denied(path);
  };
}

/** Every file of the clone with its installed packages, without git's own files. */
function filesIn(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.name === '.git') return [];
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}
