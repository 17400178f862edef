import type { Workspace } from '../../local/workspace/workspace';
import { ask, closeWorkspaces, openWorkspace, postLogs, postRows } from './workspace-client';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(closeWorkspaces);

const ENDPOINTS = [
  ['GET', '/health'],
  ['GET', '/requests'],
  ['POST', '/behave'],
  ['POST', '/query'],
  ['GET', '/anything'],
] as const;

test('health is served under any name of this machine', async () => {
  const { port } = new URL(workspace.url);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
    const answer = await ask(`${workspace.url}/health`, { method: 'GET', headers: { host } });
    expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}']);
  }
});

test.each(ENDPOINTS)('%s %s is refused under a foreign name', async (method, path) => {
  for (const host of [
    'evil.example',
    'evil.example:80',
    '127.0.0.1',
    'localhost:1',
    '127.0.0.1.evil.example',
  ]) {
    expect((await ask(workspace.url + path, { method, headers: { host } })).status).toBe(403);
  }
});

test.each(ENDPOINTS)('%s %s is refused to a page from another origin', async (method, path) => {
  for (const origin of ['https://evil.example', 'null', 'http://localhost:1']) {
    expect((await ask(workspace.url + path, { method, headers: { origin } })).status).toBe(403);
  }
});

test('a page from this origin may call it', async () => {
  const answer = await ask(`${workspace.url}/health`, { method: 'GET', headers: { origin: workspace.url } });
  expect(answer.status).toBe(200);
});

test('the ingestion APIs are served under any name, as in Azure', async () => {
  const headers = { host: 'my-dce.eastus-1.ingest.monitor.azure.com' };
  expect((await postRows(workspace, [{}], { headers })).status).toBe(204);
  expect((await postLogs(workspace, [{ a: 1 }], { headers })).status).toBe(200);
});

test('an unknown address and an unusual one are answered', async () => {
  expect((await ask(`${workspace.url}/none`, { method: 'GET' })).status).toBe(404);
  expect((await ask(`${workspace.url}//`, { method: 'GET' })).status).toBe(400);
});

test('TLS is served with a certificate that the given authority signed', async () => {
  const answer = await postRows({ url: workspace.tlsUrl }, [{ Text: 'tls' }], {
    ca: workspace.caCertificate,
  });
  expect(answer.status).toBe(204);
  const byName = workspace.tlsUrl.replace('127.0.0.1', 'localhost');
  expect((await ask(`${byName}/health`, { method: 'GET', ca: workspace.caCertificate })).status).toBe(200);
  await expect(ask(`${workspace.tlsUrl}/health`, { method: 'GET' })).rejects.toThrow('self-signed');
});

test('a port in use is reported, and the database file is released', async () => {
  const port = Number(new URL(workspace.url).port);
  await expect(openWorkspace({ port })).rejects.toThrow(`listening on port ${port}`);
});
