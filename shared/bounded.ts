/**
 * Works on many items, at most `width` at a time, each taken when a place is free. All are worked on; then the first
 * failure, if there is one, is thrown. A source of items that fails ends the work.
 */
export async function forEachBounded<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  if (Array.isArray(items) && items.length === 0) return;
  const waiting = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = await waiting.next(); next.done !== true; next = await waiting.next()) {
      try {
        await work(next.value);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: placesFor(items, width) }, worker));
  for (const end of ended) if (end.status === 'rejected') failures.push(end.reason);
  if (failures.length > 0) throw failures[0];
}

const placesFor = (items: unknown, width: number): number =>
  Math.max(1, Array.isArray(items) ? Math.min(width, items.length) : width);
