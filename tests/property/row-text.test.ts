import fc from 'fast-check';
import { textOf, textProperties } from '../../shared/row-text.ts';
import { bucketCount, bucketOf } from '../../shared/azure/state/store-rows.ts';

test('a text of any length comes back from its properties, none of which is too long or cuts a character', () => {
  const piece = fc.constantFrom('a', 'ä', '€', '\u{1F34E}', '"\\');
  const text = fc
    .tuple(piece, piece, fc.integer({ min: 0, max: 70_000 }))
    .map(([one, other, times]) => one + other.repeat(times));
  fc.assert(
    fc.property(text, (written) => {
      const properties = textProperties(written);
      expect(textOf(properties)).toBe(written);
      for (const part of Object.values(properties)) {
        expect(part.length).toBeLessThanOrEqual(32_768);
        expect(part).not.toMatch(/\p{Surrogate}/u);
      }
    }),
    { numRuns: 50 },
  );
});

test('keys of any shape spread over all buckets, and the number of buckets only follows the records', () => {
  const numbered = Array.from({ length: 6_400 }, (_, index) => `P${index}`);
  const filled = new Map<number, number>();
  for (const key of numbered) filled.set(bucketOf(key, 64), (filled.get(bucketOf(key, 64)) ?? 0) + 1);
  expect(filled.size).toBe(64);
  expect(Math.max(...filled.values())).toBeLessThan(200);
  expect([0, 1, 128, 129, 2_000, 8_192, 1_000_000].map(bucketCount)).toEqual([1, 1, 1, 2, 16, 64, 64]);
});
