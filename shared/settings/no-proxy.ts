import { BlockList, isIP } from 'node:net';

/** The default port of each scheme. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * True where `NO_PROXY` excludes an address from the proxy. The rules are curl's: entries are separated by commas or
 * blanks, and case does not matter; a name covers itself and its subdomains, with or without a dot in front; an IP
 * address covers itself, and `10.0.0.0/8` or `fd00::/8` a block of them; `*` covers everything. Two common additions:
 * `*.example.com` means `.example.com`, and an entry that ends in `:8443` holds for that port alone.
 * @see https://curl.se/libcurl/c/CURLOPT_NOPROXY.html
 */
export function isExcluded(url: URL, noProxy: string): boolean {
  const host = bare(url.hostname);
  const port = Number(url.port) || DEFAULT_PORTS[url.protocol];
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const { of, name } = splitPort(entry);
      return (of === undefined || of === port) && covers(name, host);
    });
}

/** The port of an entry. The colons of an IPv6 address without brackets belong to the address. */
function splitPort(entry: string): { readonly name: string; readonly of?: number } {
  const [, name, port] = /^(\[[^\]]*\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  return name === undefined ? { name: bare(entry) } : { name: bare(name), of: Number(port) };
}

/** A host without the brackets of IPv6 and without the dot of the root. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function covers(name: string, host: string): boolean {
  if (name === '*') return true;
  if (isIP(host) !== 0) return coversAddress(name, host);
  const domain = name.replace(/^\*?\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

/** True when an address entry or block covers a host. False for an invalid entry. */
function coversAddress(entry: string, host: string): boolean {
  const [address = '', length] = entry.split('/');
  const kind = isIP(address);
  const bits = kind === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : bits + 1;
  if (kind === 0 || kind !== isIP(host) || prefix > bits) return false;
  const family = kind === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(address, prefix, family);
  return block.check(host, family);
}
