/**
 * FNV-1a of a text's UTF-16 units, 0 to 2^32 - 1: spreads names evenly by the name alone, so everyone comes to the
 * same place. Stored rows and shards depend on it, so it must never change.
 */
export function fnv1a(text: string): number {
  let hash = FNV_START;
  for (let at = 0; at < text.length; at += 1) hash = fnvStep(hash, text.charCodeAt(at));
  return hash >>> 0;
}

/** For a hash that is fed word by word: where it starts, and what one 32-bit word makes of it. */
export const FNV_START = 0x811c9dc5;
export const fnvStep = (hash: number, word: number): number => Math.imul(hash ^ word, 0x01000193);
