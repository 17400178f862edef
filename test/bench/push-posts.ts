import { createHmac } from 'node:crypto';

const RECORDS = 100;
/** Different bodies, signed before the measurement. */
const POOL = 64;

/** A post of the Data Collector API. */
export interface Post {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | number>>;
}

/** Posts of 100 records each, signed now. */
export function signedPosts(key: string, workspaceId: string): readonly Post[] {
  return Array.from({ length: POOL }, (_, at) => signed(at, key, workspaceId));
}

function signed(at: number, key: string, workspaceId: string): Post {
  const records = Array.from({ length: RECORDS }, (_, number) => ({
    host: `host-${number % 7}`,
    user: `user-${(at * RECORDS + number) % 997}`,
    count: number,
    ok: number % 3 > 0,
  }));
  return signBody(Buffer.from(JSON.stringify(records)), key, workspaceId);
}

/** A post of any body, signed now. */
export function signBody(body: Buffer, key: string, workspaceId: string): Post {
  const date = new Date().toUTCString();
  const text = `POST\n${body.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  return {
    body,
    headers: {
      authorization: `SharedKey ${workspaceId}:${signature}`,
      'content-type': 'application/json',
      'content-length': body.length,
      'log-type': 'Bench',
      'x-ms-date': date,
    },
  };
}
