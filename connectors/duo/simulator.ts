import type { Refusal, VendorRequest, VendorRules, VendorTools } from '../../shared';

/** How far a date may be from Duo's clock. Duo does not document it; five minutes is the usual limit of other vendors. */
const MAX_AGE_MS = 5 * 60_000;
/** With an offset, as in the documentation, or with GMT, as Duo's client for Node sends it. */
const RFC_2822 = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)$/;

const refusal = (code: number, message: string): Refusal => ({
  status: Math.floor(code / 100),
  because: message,
  body: { code, message, stat: 'FAIL' },
});

/**
 * Duo's verification of a signature, from its documentation and its clients: the seven lines of version 5, or the five lines of
 * version 2, which are signed with SHA-1 or SHA-512.
 * @see https://duo.com/docs/adminapi#authentication
 * @see https://github.com/duosecurity/duo_api_nodejs (version 2 with SHA-512 is its default)
 */
const rules: VendorRules = {
  check(request, tools) {
    const date = headerOf(request, 'x-duo-date') || headerOf(request, 'date');
    if (date === '') return refusal(40104, 'Missing request timestamp');
    const sentMs = RFC_2822.test(date) ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(sentMs) || Math.abs((request.now?.getTime() ?? sentMs) - sentMs) > MAX_AGE_MS) {
      return refusal(40105, 'Bad request timestamp');
    }
    const [scheme, credentials = ''] = headerOf(request, 'authorization').split(' ');
    if (scheme !== 'Basic') return refusal(40101, 'Missing request credentials');
    const [key, signature = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    if (key !== request.settings['integrationKey']) {
      return refusal(40102, 'Invalid integration key in request credentials');
    }
    return signaturesOf(request, date, tools).includes(signature.toLowerCase())
      ? undefined
      : refusal(40103, 'Invalid signature in request credentials');
  },
};

export default rules;

function signaturesOf(request: VendorRequest, date: string, { hash, hmac }: VendorTools): readonly string[] {
  const { method, fullPath, body, headers, settings } = request;
  const key = settings['secretKey'] ?? '';
  const host = headerOf(request, 'host').toLowerCase();
  const lines = [date, method.toUpperCase(), host, fullPath, parametersOf(request)];
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-duo-'))
    .sort()
    .flatMap((name) => [name, headerOf(request, name)]);
  const more = [hash('sha512', body), hash('sha512', own.join('\0'))];
  return [
    hmac('sha512', key, [...lines, ...more].join('\n')),
    hmac('sha512', key, lines.join('\n')),
    hmac('sha1', key, lines.join('\n')),
  ];
}

/**
 * The parameters, sorted by name. All characters but letters, digits, `_`, `.`, `~` and `-` are percent-encoded with upper-case
 * digits.
 */
function parametersOf({ query }: VendorRequest): string {
  const encode = (text: string): string =>
    [...Buffer.from(text, 'utf8')]
      .map((byte) => [byte, String.fromCharCode(byte)] as const)
      .map(([byte, character]) =>
        /[A-Za-z0-9_.~-]/.test(character)
          ? character
          : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
      )
      .join('');
  return Object.keys(query)
    .sort()
    .map((name) => `${encode(name)}=${encode(query[name] ?? '')}`)
    .join('&');
}

function headerOf({ headers }: VendorRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
