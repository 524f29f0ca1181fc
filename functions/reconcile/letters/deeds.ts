import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import type { LetterDeed, LetterLog } from '../../../shared/azure/letter-log.ts';
import { PermanentError } from '../../../shared/errors.ts';
import type { DeadLetter } from '../../../shared/pos/dead-letter.ts';
import { editedLetter } from '../../../shared/pos/letter-edit.ts';
import { checkSeen } from './replay-dead-letter.ts';

/** What people do with dead letters, from the command line or by an order of the pages; each deed is noted. */
export interface DeedParts {
  readonly store: Pick<DeadLetterStore, 'take' | 'discard' | 'keepOriginal' | 'replace'>;
  readonly log: Pick<LetterLog, 'add'>;
  /** @returns false where there is no such letter. @throws PermanentError `no-way-back`, `letter-changed`; TransientError */
  readonly replay: (name: string, seen?: string) => Promise<boolean>;
}

/** Who does it, why and when: it is kept with the letter. */
export type Doer = Pick<LetterDeed, 'by' | 'reason' | 'at'>;

/**
 * Replays a letter. A kill before the deed is noted leaves a letter in `replayed/` that nobody is named for.
 * @param seen the ETag that was decided about.
 * @returns false where there is no such letter.
 */
export async function replayLetter(
  { replay, log }: DeedParts,
  name: string,
  doer: Doer,
  seen?: string,
): Promise<boolean> {
  if (!(await replay(name, seen))) return false;
  await log.add(name, { action: 'replay', ...doer });
  return true;
}

/**
 * Puts a letter away that needs no replay; nothing is deleted. The deed is noted first: a kill in between leaves a letter
 * that can be discarded again.
 */
export async function discardLetter(
  { store, log }: DeedParts,
  name: string,
  doer: Doer,
  seen?: string,
): Promise<boolean> {
  checkReason(doer, 'discard');
  const taken = await store.take(name);
  if (!taken) return false;
  checkSeen(name, taken.etag, seen);
  await log.add(name, { action: 'discard', ...doer });
  await store.discard(name, taken.etag);
  return true;
}

/**
 * Replaces the payload of a letter; the letter as it was is kept, with what changed.
 * @returns undefined where there is no such letter. @throws PermanentError `edit-refused`, `letter-changed`
 */
export async function editLetter(
  { store, log }: DeedParts,
  name: string,
  payload: string,
  doer: Doer,
  seen?: string,
): Promise<{ letter: DeadLetter; diff: string } | undefined> {
  checkReason(doer, 'edit');
  const taken = await store.take(name);
  if (!taken) return undefined;
  checkSeen(name, taken.etag, seen);
  const edited = editedLetter(taken.letter, payload);
  const original = await store.keepOriginal(name);
  await log.add(name, { action: 'edit', ...doer, diff: edited.diff, original });
  await store.replace(name, taken.etag, edited.letter);
  return edited;
}

function checkReason({ reason }: Doer, action: string): void {
  if (reason.trim() === '')
    throw new PermanentError('reason-missing', `To ${action} a letter needs a reason: finance reads it`);
}
