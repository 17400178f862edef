import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json } from '../../shared/contract/json';
import { areFaults, type VendorFault } from './faults';
import { replyJson } from './requests/reply';

/** What the control endpoints use of the simulator. */
export interface Controls {
  behave(rules: readonly VendorFault[]): void;
  readonly requests: Json;
  readonly complaints: Json;
  readonly tooMany: number;
  published(connector: string, source: string): readonly Json[];
  sendTo(app: string): void;
}

/**
 * Answers the simulator's own endpoints; false for any other path.
 *
 * | | |
 * |---|---|
 * | `POST /behave` | a list of faults, in place of the ones before |
 * | `GET /requests` | every request and complaint so far, and how many were too many |
 * | `POST /send` | the address of an app as JSON text: whatever is posted goes there from now on |
 * | `GET /published?connector=&source=` | every record published so far: what must arrive |
 */
export function replyControl(
  request: IncomingMessage,
  url: URL,
  body: string,
  response: ServerResponse,
  controls: Controls,
): boolean {
  const key = `${request.method ?? ''} ${url.pathname}`;
  const at = (name: string): string => url.searchParams.get(name) ?? '';
  const routes: Readonly<Record<string, () => void>> = {
    'POST /behave': () => behave(body, response, controls),
    'POST /send': () => sendTo(body, response, controls),
    'GET /requests': () => {
      const { requests, complaints, tooMany } = controls;
      replyJson(response, 200, { requests, complaints, tooMany });
    },
    'GET /published': () => replyJson(response, 200, controls.published(at('connector'), at('source'))),
  };
  const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
  if (route === undefined) return false;
  route();
  return true;
}

function behave(body: string, response: ServerResponse, controls: Controls): void {
  const rules = parse(body);
  if (!areFaults(rules)) return replyJson(response, 400, { error: 'the body is not a list of faults' });
  controls.behave(rules);
  replyJson(response, 200, { rules: rules.length });
}

function sendTo(body: string, response: ServerResponse, controls: Controls): void {
  const app = parse(body);
  if (typeof app !== 'string' || !/^http:\/\/127\.0\.0\.1:\d+$/.test(app))
    return replyJson(response, 400, {
      error: 'the body is not an address of this machine, such as "http://127.0.0.1:7071"',
    });
  controls.sendTo(app);
  replyJson(response, 200, { app });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
