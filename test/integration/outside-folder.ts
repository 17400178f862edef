import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** A connector with one declared source, and one in code that throws an error class of the framework. */
const INDEX = `import { SettingError, defineConnector, rest, secret, string, url } from 'tributary/shared';

const table = (name: string) => ({ name, time: 'at', eventId: 'id', columns: { Headline: string('title') } });

export default defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: { url: url('Where Acme answers.'), token: secret('A token that may read alerts.') },
  sources: {
    alerts: {
      table: table('AcmeAlerts_CL'),
      pull: rest({
        base: 'url',
        path: '/alerts',
        auth: { kind: 'bearer', setting: 'token' },
        records: '$.alerts[*]',
        next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'after' } },
        stop: { on: 'no-next' },
        resume: 'time',
        since: { in: 'query', name: 'since' },
      }),
    },
    seats: {
      table: table('AcmeSeats_CL'),
      async *pull({ settings }) {
        yield { records: [], checkpoint: {} };
        if (settings.token !== '') throw new SettingError('counting seats: none is free. Buy one.');
      },
    },
  },
});
`;

const FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'acme-connectors', private: true }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { strict: true, target: 'ES2022', module: 'node20', noEmit: true, types: [] },
    include: ['connectors'],
  }),
  'connectors/acme/index.ts': INDEX,
  'connectors/acme/simulator.ts': 'export default { answer: () => undefined };\n',
  'connectors/acme/fixtures/alerts/page-1.json': JSON.stringify({
    alerts: [{ id: 'a', at: '2026-11-01T00:00:00Z', title: 'first' }],
    next: 'b',
  }),
  'connectors/acme/fixtures/alerts/page-2.json': JSON.stringify({
    alerts: [{ id: 'b', at: '2026-11-01T01:00:00Z', title: 'second' }],
  }),
};

/** Writes a repository outside the tree, with one connector that imports the package. @returns its path */
export function writeOutside(more: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-outside-')));
  for (const [name, text] of Object.entries({ ...FILES, ...more })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'tributary'), 'junction');
  return folder;
}
