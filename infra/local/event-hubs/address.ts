/** What a link address names. */
export type Address =
  | { readonly kind: 'cbs' | 'management' }
  | { readonly kind: 'hub'; readonly hub: string; readonly partition: string | undefined }
  | { readonly kind: 'group'; readonly hub: string; readonly group: string; readonly partition: string }
  | { readonly kind: 'unknown' };

/**
 * Reads `$cbs`, `$management`, `hub`, `hub/Partitions/N` and `hub/ConsumerGroups/group/Partitions/N`, with or without
 * scheme and host before it. Letter case does not matter.
 */
export function parseAddress(address: string): Address {
  const parts = address
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .split('/')
    .filter((part) => part !== '');
  const [first = '', second, third, fourth, fifth] = parts;
  const words = parts.map((part) => part.toLowerCase());
  if (words[0] === '$cbs' && parts.length === 1) return { kind: 'cbs' };
  if (words.at(-1) === '$management' && parts.length <= 2) return { kind: 'management' };
  if (parts.length === 1) return { kind: 'hub', hub: first, partition: undefined };
  if (parts.length === 3 && words[1] === 'partitions' && third !== undefined)
    return { kind: 'hub', hub: first, partition: third };
  const isGroup = parts.length === 5 && words[1] === 'consumergroups' && words[3] === 'partitions';
  if (isGroup && second !== undefined && third !== undefined && fourth !== undefined && fifth !== undefined)
    return { kind: 'group', hub: first, group: third, partition: fifth };
  return { kind: 'unknown' };
}
