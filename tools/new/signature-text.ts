/** The texts of `sign.ts` and `simulator.ts`: the most usual signature, which the author adapts. */
export function signatureText(shared: string): Readonly<Record<string, string>> {
  return { 'sign.ts': signText(shared), 'simulator.ts': simulatorText(shared) };
}

const signText = (shared: string): string => `import { hashHex, hmacHex, type SignRequest } from '${shared}';

/**
 * Signs a request: HMAC-SHA256 over its date, method, path, parameters and the hash of its body, a line each.
 * Change it to what the vendor requires, here and in \`simulator.ts\`.
 */
export const sign: SignRequest = ({ method, path, query, body, at }, { keyId = '', secretKey = '' }) => {
  const date = at.toISOString();
  const parameters = query.map((pair) => pair.join('=')).sort();
  const lines = [date, method, path, parameters.join('&'), hashHex('sha256', body)];
  return {
    'x-date': date,
    authorization: \`HMAC \${keyId}:\${hmacHex('sha256', secretKey, lines.join('\\n'))}\`,
  };
};
`;

const simulatorText = (shared: string): string => `import type { VendorRules } from '${shared}';

/** A request that is older than this is refused. */
const MAX_AGE_MS = 5 * 60_000;

/** The vendor's side of \`sign.ts\`, written from its documentation and not from that file. */
const rules: VendorRules = {
  check({ method, fullPath, query, body, headers, settings, now }, { hash, hmac }) {
    const date = String(headers['x-date']);
    const ageMs = (now?.getTime() ?? Date.parse(date)) - Date.parse(date);
    if (!(Math.abs(ageMs) <= MAX_AGE_MS)) return { status: 401, because: 'the date is missing, wrong or old' };
    const parameters = Object.entries(query).map(([name, value]) => \`\${name}=\${value}\`);
    const lines = [date, method, fullPath, parameters.sort().join('&'), hash('sha256', body)];
    const signature = hmac('sha256', settings['secretKey'] ?? '', lines.join('\\n'));
    return headers['authorization'] === \`HMAC \${settings['keyId'] ?? ''}:\${signature}\`
      ? undefined
      : { status: 401, because: 'the signature is wrong' };
  },
};

export default rules;
`;
