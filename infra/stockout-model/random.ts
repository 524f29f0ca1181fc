import { createHash } from 'node:crypto';

/** Random numbers from 0 to 1 that a seed and a purpose decide (mulberry32). */
export function randomFor(seed: number, purpose: string): () => number {
  let state = createHash('sha256').update(`${seed} ${purpose}`).digest().readInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
