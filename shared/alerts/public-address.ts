/**
 * Which hosts an alert may be sent to. A route is a file that a person writes, and whoever can write it must not be able
 * to make the app call what only the app can reach: its own ports, the virtual network, Azure's metadata service. Hence
 * https alone, and public addresses alone (OWASP, Server-Side Request Forgery). The route's text is checked when the
 * file is read, the address itself when the connection is made, because a name may lead anywhere by then.
 */

/** First address and prefix length of what is not public: IANA's special-purpose registry, and Azure's own 168.63.129.16. */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** True for an address on the public internet; false for any other, and for a text that is no IP address. */
export function isPublicAddress(address: string): boolean {
  const ipv4 = ipv4Number(address);
  if (ipv4 !== undefined) return isPublicIpv4(ipv4);
  const groups = ipv6Groups(address);
  if (!groups) return false;
  const [first = 0, second = 0] = groups;
  const lastIpv4 = ((groups[6] ?? 0) * 0x1_0000 + (groups[7] ?? 0)) >>> 0;
  // NAT64 (64:ff9b::/96) and 6to4 (2002::/16) lead to the IPv4 address that they hold.
  if (first === 0x64 && second === 0xff9b)
    return groups.slice(2, 6).every((group) => group === 0) && isPublicIpv4(lastIpv4);
  if (first === 0x2002) return isPublicIpv4((second * 0x1_0000 + (groups[2] ?? 0)) >>> 0);
  // ::ffff:0:0/96 and ::/96, which also hold the unspecified address and loopback.
  if (groups.slice(0, 5).every((group) => group === 0)) return groups[5] === 0xffff && isPublicIpv4(lastIpv4);
  // All that is assigned as global unicast, less protocol assignments (2001::/23) and documentation.
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
  return first !== 0x3fff || second >= 0x1000;
}

/** True for this machine: loopback, or a name that RFC 6761 keeps for it. */
export function isThisMachine(hostname: string): boolean {
  const host = withoutBrackets(hostname).toLowerCase();
  return host === 'localhost' || host === '::1' || (ipv4Number(host) ?? 0) >>> 24 === 127;
}

/**
 * Why an alert may not be sent to `url`, in words for whoever wrote it; undefined where it may, as far as the text shows.
 * `mayStay` lets http and this machine through: a developer's receiver.
 */
export function refusalOf(url: string, mayStay = false): string | undefined {
  if (!URL.canParse(url)) return 'must be a URL such as https://alerts.example.com/tillstream';
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '')
    return 'must not contain a user name or password: the signature identifies the sender';
  if (mayStay && isThisMachine(hostname))
    return /^https?:$/.test(protocol) ? undefined : 'must start with https://';
  if (protocol !== 'https:') return 'must start with https://';
  return innerHostRefusal(withoutBrackets(hostname).toLowerCase());
}

/** The same for a host without a protocol, such as a mail server's. */
export function hostRefusal(host: string, mayStay = false): string | undefined {
  if (mayStay && isThisMachine(host)) return undefined;
  // The form in which URLs hold hosts: `2130706433` and `127.1` become 127.0.0.1 there, as they do for a resolver.
  const url = `https://${host.includes(':') ? `[${withoutBrackets(host)}]` : host}/`;
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(url))
    return 'must be a host name such as mail.example.com';
  return innerHostRefusal(withoutBrackets(new URL(url).hostname).toLowerCase());
}

function innerHostRefusal(host: string): string | undefined {
  const isAddress = ipv4Number(host) !== undefined || host.includes(':');
  if (isAddress)
    return isPublicAddress(host) ? undefined : `must point to a public address, but ${host} is not public`;
  // A name without a dot, and these endings, are known inside of a network only.
  const isInner =
    !host.replace(/\.$/, '').includes('.') || /\.(localhost|local|internal|lan|home\.arpa)\.?$/.test(host);
  return isInner ? `must point to a host on the internet, but ${host} is a name inside a network` : undefined;
}

const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** Four decimal numbers, as the URL parser and DNS give them. */
function ipv4Number(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

function isPublicIpv4(number: number): boolean {
  return NOT_PUBLIC_IPV4.every(([start, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(number / size) !== Math.floor((ipv4Number(start) ?? 0) / size);
  });
}

/** Eight groups of 16 bits, or undefined. Takes `::`, a dotted IPv4 ending, and drops a zone (`%eth0`). */
function ipv6Groups(address: string): number[] | undefined {
  const text = address.replace(/%.*$/, '');
  const dotted = /^(.*:)([\d.]+)$/.exec(text);
  const ipv4 = dotted?.[2]?.includes('.') ? ipv4Number(dotted[2]) : undefined;
  const hex =
    ipv4 === undefined ? text : `${dotted?.[1]}${(ipv4 >>> 16).toString(16)}:${(ipv4 & 0xffff).toString(16)}`;
  const [before = '', after, ...more] = hex.split('::');
  if (more.length > 0) return undefined;
  const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [left, right] = [groupsOf(before), groupsOf(after ?? '')];
  const missing = 8 - left.length - right.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}
