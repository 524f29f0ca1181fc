/**
 * Works on many items, at most `width` at a time, in their order of arrival. After the first fault nothing more is
 * begun; what is under way ends before the fault is thrown.
 */
export async function forEachBounded<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let faults: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (faults.length === 0) {
      try {
        const next = await waiting.next();
        if (next.done === true) return;
        await work(next.value);
      } catch (thrown) {
        faults = [...faults, thrown];
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, width) }, worker));
  if (faults.length > 0) throw faults[0];
}
