import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../local/workspace/workspace';

export const RULE = 'dcr-0123456789abcdef0123456789abcdef';
export const TOKEN = 'local-token';
export const WORKSPACE_ID = '11111111-2222-3333-4444-555555555555';
export const KEYS = ['cHJpbWFyeSBrZXk=', 'c2Vjb25kYXJ5IGtleQ=='] as const;
export const NOW = new Date('2026-11-21T12:00:00.000Z');

/** One column of each type. */
export const OPTIONS: Omit<WorkspaceOptions, 'now'> = {
  databaseFile: ':memory:',
  tables: [
    {
      name: 'Sample_CL',
      stream: 'Custom-Sample_CL',
      columns: [
        { name: 'TimeGenerated', type: 'datetime' },
        { name: 'Text', type: 'string' },
        { name: 'Count', type: 'int' },
        { name: 'Big', type: 'long' },
        { name: 'Ratio', type: 'real' },
        { name: 'Ok', type: 'boolean' },
        { name: 'Happened', type: 'datetime' },
        { name: 'Bag', type: 'dynamic' },
      ],
    },
  ],
  dcrImmutableId: RULE,
  token: TOKEN,
  workspaceId: WORKSPACE_ID,
  workspaceKeys: KEYS,
};

const opened: Workspace[] = [];

/** A workspace that {@link closeWorkspaces} closes. */
export async function openWorkspace(options: Partial<WorkspaceOptions> = {}): Promise<Workspace> {
  const workspace = await startWorkspace({ ...OPTIONS, now: () => NOW, ...options });
  opened.push(workspace);
  return workspace;
}

export async function closeWorkspaces(): Promise<void> {
  await Promise.all(opened.splice(0).map((workspace) => workspace.close()));
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
  /** The PEM of the trusted authority. */
  readonly ca?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends one request with only the given headers, Host and Content-Length. */
export function ask(
  url: string,
  { method = 'POST', headers = {}, body = '', ca }: Asked = {},
): Promise<Answered> {
  const all = { 'content-length': String(Buffer.byteLength(body)), ...headers };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const options = { method, headers: sent, ...(ca ? { ca } : {}) };
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? httpsRequest(url, options) : httpRequest(url, options);
    request.on('error', reject).on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.end(body);
  });
}

/** Posts to the Logs Ingestion API; a body that is neither text nor bytes is sent as JSON. */
export function postRows(
  at: { readonly url: string },
  rows: unknown,
  change: Asked & { readonly path?: string } = {},
): Promise<Answered> {
  const path = change.path ?? `/dataCollectionRules/${RULE}/streams/Custom-Sample_CL?api-version=2023-01-01`;
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...change.headers };
  return ask(at.url + path, { ...change, headers, body: asBody(rows) });
}

/** Posts to the Data Collector API, signed as documented with the first key. */
export function postLogs(
  at: { readonly url: string },
  records: unknown,
  change: Asked & { readonly path?: string; readonly key?: string; readonly signedLength?: number } = {},
): Promise<Answered> {
  const body = asBody(records);
  const date = NOW.toUTCString();
  const signed = `POST\n${change.signedLength ?? Buffer.byteLength(body)}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  const signature = createHmac('sha256', Buffer.from(change.key ?? KEYS[0], 'base64'))
    .update(signed)
    .digest('base64');
  const headers = {
    authorization: `SharedKey ${WORKSPACE_ID}:${signature}`,
    'content-type': 'application/json',
    'log-type': 'Sample',
    'x-ms-date': date,
    ...change.headers,
  };
  return ask(at.url + (change.path ?? '/api/logs?api-version=2016-04-01'), { ...change, headers, body });
}

function asBody(value: unknown): string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value);
}
