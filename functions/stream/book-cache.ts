/**
 * Books of stores that this instance folded lately, least recently used out first when they outgrow their memory. A
 * book in here is as it was last stored; whoever takes it out has it alone, and puts it back only once its changes are
 * stored.
 */
export interface BookCache<Book> {
  take(storeId: string): Book | undefined;
  putBack(storeId: string, book: Book): void;
}

export function bookCache<Book>(maxBytes: number, bytesOf: (book: Book) => number): BookCache<Book> {
  const books = new Map<string, { readonly book: Book; readonly bytes: number }>();
  let totalBytes = 0;
  function take(storeId: string): Book | undefined {
    const held = books.get(storeId);
    books.delete(storeId);
    totalBytes -= held?.bytes ?? 0;
    return held?.book;
  }
  return {
    take,
    putBack(storeId, book) {
      const bytes = bytesOf(book);
      books.set(storeId, { book, bytes });
      totalBytes += bytes;
      for (const oldest of books.keys()) {
        if (totalBytes <= maxBytes) break;
        take(oldest);
      }
    },
  };
}

/** Runs tasks of one key one after another, and tasks of different keys at the same time. */
export function keyedLock(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const former = tails.get(key);
    const mine = (async () => {
      await former?.catch(() => undefined);
      return task();
    })();
    tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === mine) tails.delete(key);
    }
  };
}
