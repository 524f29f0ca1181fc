import type { DeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import { PermanentError } from '../../shared/errors.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';

/**
 * Dead letters in memory, with ETags and the copies that are kept of what is put away.
 * @param before called before and after each change; it may throw, as where a process is killed.
 */
export function memoryLetters(before: () => void = () => {}) {
  const letters = new Map<string, { letter: DeadLetter; etag: string; storedAt: Date }>();
  const kept = new Map<string, DeadLetter>();
  let writes = 0;
  const stageOf = (name: string): string => name.split('/', 1)[0] ?? '';
  const bury = (name: string, letter: DeadLetter): void => {
    writes += 1;
    letters.set(name, { letter, etag: `"0x8D${writes}"`, storedAt: new Date(writes * 1_000) });
  };
  const changing = async <T>(change: () => T): Promise<T> => {
    await Promise.resolve();
    before();
    const result = change();
    before();
    return result;
  };
  const putAway = (folder: string) => (name: string, etag: string) =>
    changing(() => {
      const held = letters.get(name);
      if (!held) return;
      kept.set(`${folder}/${name}`, held.letter);
      if (held.etag === etag) letters.delete(name);
    });
  const store: DeadLetterStore = {
    newest: (limit) =>
      Promise.resolve(
        [...letters]
          .map(([name, { storedAt }]) => ({ name, stage: stageOf(name), storedAt }))
          .sort((one, other) => other.storedAt.getTime() - one.storedAt.getTime())
          .slice(0, limit),
      ),
    countByStage: () => Promise.resolve(new Map()),
    read: (name) => Promise.resolve(letters.get(name)?.letter),
    see: (name) => Promise.resolve(letters.get(name)),
    take: (name) => Promise.resolve(letters.get(name)),
    wasReplayed: (name) => Promise.resolve(kept.has(`replayed/${name}`)),
    retire: putAway('replayed'),
    discard: putAway('discarded'),
    keepOriginal: (name) =>
      changing(() => {
        const held = letters.get(name);
        if (held) kept.set(`originals/${name}`, held.letter);
        return `originals/${name}`;
      }),
    replace: (name, etag, letter) =>
      changing(() => {
        if (letters.get(name)?.etag !== etag)
          throw new PermanentError('letter-changed', `${name} has changed`);
        bury(name, letter);
      }),
  };
  return { store, letters, kept, bury };
}
