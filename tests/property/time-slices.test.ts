import fc from 'fast-check';
import { afterSlice, sliceOf } from '../../shared/pos/sources/time-slices.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-02T03:00:00Z');

/** Objects in clusters: a busy second, a quiet morning. */
const objects = fc
  .array(
    fc.record({
      ms: fc.oneof(
        fc.integer({ min: -HOUR, max: 26 * HOUR }),
        fc.constantFrom(0, 1, 999, 1_000, HOUR, 24 * HOUR - 1),
      ),
      count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
    }),
    { maxLength: 12 },
  )
  .map((clusters) => clusters.flatMap(({ ms, count }) => Array.from({ length: count }, () => START + ms)));

/** What a vendor gives for a slice: numbered pages of so many. */
function walk(all: readonly number[], hours: number, pageSize: number) {
  const window = { fromMs: START, toMs: START + hours * HOUR };
  const found: number[] = [];
  const whole: (readonly [number, number])[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    pages += 1;
    const slice = sliceOf(cursor, window);
    const inside = all
      .map((ms, at) => ({ ms, at }))
      .filter(({ ms }) => ms >= slice.fromMs && ms < slice.toMs);
    const page = inside.slice((slice.page - 1) * pageSize, slice.page * pageSize);
    const after = afterSlice(slice, page.length === pageSize, window);
    if (after.isWhole) found.push(...page.map(({ at }) => at));
    if (after.isWhole && page.length < pageSize) whole.push([slice.fromMs, slice.toMs]);
    cursor = after.next;
  } while (cursor !== undefined && pages < 20_000);
  return { window, found, whole, pages };
}

test('every object of the window is listed once, whatever the day is like and however long it lasts', () => {
  fc.assert(
    fc.property(
      objects,
      fc.constantFrom(23, 24, 25, 0.5, 0.0001),
      fc.integer({ min: 1, max: 30 }),
      (all, hours, size) => {
        const { window, found, whole, pages } = walk(all, hours, size);
        const wanted = all.flatMap((ms, at) => (ms >= window.fromMs && ms < window.toMs ? [at] : []));
        expect([...found].sort((left, right) => left - right)).toEqual(wanted);
        // The slices touch, and together they are the window.
        expect(whole[0]?.[0]).toBe(window.fromMs);
        expect(whole.at(-1)?.[1]).toBe(window.toMs);
        for (const [index, [from]] of whole.entries())
          if (index > 0) expect(from).toBe(whole[index - 1]?.[1]);
        expect(pages).toBeLessThan(1_500);
      },
    ),
    { numRuns: 300 },
  );
});
