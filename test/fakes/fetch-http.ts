import { ContractError } from '../../shared/contract/errors';
import type { Http } from '../../shared/contract/http';
import { parseJson } from '../../shared/values/json/json';

/** A simple HTTP client without retries: any status outside 2xx is an error that names it. */
export function fetchHttp(): Http {
  return {
    async request({ method = 'GET', url, query = {}, headers = {}, body }) {
      const asked = new URL(url);
      for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, String(value));
      const init = { method, headers, redirect: 'manual' as const };
      const response = await fetch(asked, body === undefined ? init : { ...init, body: String(body) });
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (!response.ok) throw new ContractError(`asking ${asked.pathname}: ${response.status}`);
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: bytes,
        json: () => parseJson(Buffer.from(bytes).toString('utf8')),
      };
    },
  };
}
