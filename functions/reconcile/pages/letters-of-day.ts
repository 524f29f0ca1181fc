import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { letterInDoubt, mayBeMoney, type LetterInDoubt } from '../../../shared/reports/letters-in-doubt.ts';

/** Dead letters that finance must know of. */
export interface FoundLetters {
  /** By date, store and name. */
  readonly letters: readonly LetterInDoubt[];
  /** Letters that were not read since there are too many. */
  readonly omitted: number;
}

/** One blob each, so the page of a bad week does not read for minutes. */
const MAX_READ = 500;
const AT_ONCE = 8;
/** Letters never change, so each is read once by an instance. */
const MAX_KEPT = 2_000;

export function lettersInDoubt(store: Pick<DeadLetterStore, 'newest' | 'read'>): () => Promise<FoundLetters> {
  const kept = new Map<string, LetterInDoubt>();
  return async () => {
    const listed = (await store.newest(Number.MAX_SAFE_INTEGER)).filter(({ stage }) => mayBeMoney(stage));
    const newest = listed.slice(0, MAX_READ);
    const found = new Map<string, LetterInDoubt>();
    await forEachBounded(newest, AT_ONCE, async ({ name }) => {
      const letter = kept.get(name) ?? (await readLetter(store, name));
      if (!letter) return;
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(name, letter);
      found.set(name, letter);
    });
    return { letters: withoutTwins([...found.values()]), omitted: listed.length - newest.length };
  };
}

async function readLetter(
  store: Pick<DeadLetterStore, 'read'>,
  name: string,
): Promise<LetterInDoubt | undefined> {
  const letter = await store.read(name);
  return letter && letterInDoubt(name, letter);
}

/** An event dies in stock and in tills with one id: one decision, named by its first letter. */
function withoutTwins(letters: readonly LetterInDoubt[]): LetterInDoubt[] {
  const byId = new Map<string, LetterInDoubt>();
  for (const letter of [...letters].sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const key = letter.isInBooks ? letter.name.slice(letter.name.indexOf('/')) : letter.name;
    if (!byId.has(key)) byId.set(key, letter);
  }
  return [...byId.values()].sort((left, right) => {
    const [one, other] = [keyOf(left), keyOf(right)];
    return one < other ? -1 : 1;
  });
}

const keyOf = ({ businessDate, storeId = '', name }: LetterInDoubt): string =>
  JSON.stringify([businessDate, storeId, name]);
