import type { DeadLetterStore, ListedLetter } from '../../../shared/azure/dead-letter-store.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import type { DeadLetter } from '../../../shared/pos/dead-letter.ts';

/** Which letters are meant: those that fit all that is given. */
export interface LetterFilter {
  readonly stage?: string | undefined;
  readonly code?: string | undefined;
  readonly source?: string | undefined;
  readonly store?: string | undefined;
}

export interface FoundLetter extends ListedLetter {
  readonly letter: DeadLetter;
  readonly etag: string;
}

const READ_AT_ONCE = 16;

/**
 * The letters that fit, the newest first.
 * @param mostRead so many are read, as each is a blob of its own; `unread` says how many of the stage were not.
 */
export async function findLetters(
  store: Pick<DeadLetterStore, 'newest' | 'see'>,
  filter: LetterFilter,
  mostRead: number,
): Promise<{ found: FoundLetter[]; unread: number }> {
  const listed = (await store.newest(Number.MAX_SAFE_INTEGER)).filter(
    ({ stage }) => filter.stage === undefined || filter.stage === stage,
  );
  const read = listed.slice(0, mostRead);
  const fitting = new Map<string, FoundLetter>();
  await forEachBounded(read, READ_AT_ONCE, async (one) => {
    const seen = await store.see(one.name);
    if (seen && fits(filter, seen.letter)) fitting.set(one.name, { ...one, ...seen });
  });
  const found = read.flatMap(({ name }) => fitting.get(name) ?? []);
  return { found, unread: listed.length - read.length };
}

function fits({ code, source, store }: LetterFilter, letter: DeadLetter): boolean {
  return (
    (code === undefined || letter.code === code) &&
    (source === undefined || letter.source === source) &&
    (store === undefined || letter.storeId === store)
  );
}
