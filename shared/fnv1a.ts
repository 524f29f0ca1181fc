/**
 * FNV-1a of a text's UTF-16 units, 0 to 2^32 - 1: spreads names evenly by the name alone, so everyone comes to the
 * same place. Stored rows and shards depend on it, so it must never change.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
