import { PermanentError } from '../errors.ts';
import { scrubFreeText } from '../privacy/scrub.ts';
import type { DeadLetter } from './dead-letter.ts';
import { parsePosEvent } from './parse-event.ts';

/**
 * A dead letter with an edited payload. It stays the same letter of the same event: an edit corrects what was said, and
 * never makes a second sale of it.
 * @throws PermanentError `edit-refused`, with what is wrong and where.
 */
export function editedLetter(letter: DeadLetter, payload: string): { letter: DeadLetter; diff: string } {
  if (letter.replay.to === 'nowhere')
    throw refused('The letter is kept for the record and cannot be replayed');
  if (letter.replay.to === 'queue' && letter.replay.queue !== 'hydrate')
    throw refused(`Messages of the queue ${letter.replay.queue} are not edited`);
  const changes = changesOf(letter.payload, payload);
  if (changes.length === 0) throw refused('Nothing is changed');
  for (const { where, after } of changes) {
    if (scrubFreeText(after) !== after)
      throw refused('What was entered looks like a card number or names a person: leave it out', where);
  }
  if (letter.replay.to === 'hub') checkEvent(letter, payload);
  return {
    letter: { ...letter, payload },
    diff: changes.map(({ where, before, after }) => `${where}: ${before} -> ${after}`).join('\n'),
  };
}

const refused = (message: string, where?: string): PermanentError =>
  new PermanentError('edit-refused', message, where === undefined ? {} : { where });

function checkEvent({ payload: before }: DeadLetter, payload: string): void {
  let event;
  try {
    event = parsePosEvent(payload);
  } catch (cause) {
    if (!(cause instanceof PermanentError)) throw cause;
    throw refused(`The edited payload is no event: ${cause.message}`, cause.where);
  }
  const former = jsonOf(before) as { eventId?: unknown; source?: unknown } | undefined;
  if (typeof former?.eventId === 'string' && former.eventId !== event.eventId)
    throw refused('An edit keeps the eventId: under another one the event would count twice', '/eventId');
  if (event.decision !== undefined && !before.includes('"decision"'))
    throw refused('Whether it counts is decided by replaying it, not in its payload', '/decision');
}

interface Change {
  readonly where: string;
  readonly before: string;
  readonly after: string;
}

const NONE = '(none)';

/** By their places where both are JSON, by lines where one is not. */
function changesOf(before: string, after: string): Change[] {
  const [one, other] = [jsonOf(before), jsonOf(after)];
  if (one === undefined || other === undefined) return changedLines(before, after);
  const [old, fresh] = [leavesOf(one), leavesOf(other)];
  const places = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return places
    .map((where) => ({ where, before: old.get(where) ?? NONE, after: fresh.get(where) ?? NONE }))
    .filter((change) => change.before !== change.after);
}

function changedLines(before: string, after: string): Change[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  return Array.from({ length: Math.max(old.length, fresh.length) }, (_, index) => ({
    where: `line ${index + 1}`,
    before: old[index] ?? NONE,
    after: fresh[index] ?? NONE,
  })).filter((change) => change.before !== change.after);
}

function leavesOf(value: unknown, where = '', found = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null) return found.set(where || '/', JSON.stringify(value));
  const entries = Object.entries(value);
  // An empty list is something else than none.
  if (entries.length === 0) found.set(where || '/', JSON.stringify(value));
  for (const [name, inner] of entries) leavesOf(inner, `${where}/${name}`, found);
  return found;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
