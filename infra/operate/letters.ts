import { readFileSync } from 'node:fs';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetterStore, type DeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import { tableLetterLog, type LetterDeed, type LetterLog } from '../../shared/azure/letter-log.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import { messageOf } from '../../shared/errors.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { editedLetter } from '../../shared/pos/letter-edit.ts';
import { toInstant } from '../../shared/time.ts';
import { UsageError } from '../kit/usage-error.ts';
import type { OperateParts } from './commands.ts';

/** Who does it, and why: it is kept with the letter. */
export interface Doer {
  readonly by: string;
  readonly reason: string;
}

/** Which letters are meant, by name or by all that is given. */
export interface LetterFilter {
  readonly names: readonly string[];
  readonly stage?: string | undefined;
  readonly code?: string | undefined;
  readonly source?: string | undefined;
  readonly store?: string | undefined;
}

interface Opened {
  readonly store: DeadLetterStore;
  readonly log: LetterLog;
}

function opened({ settings }: OperateParts): Opened {
  return {
    store: blobDeadLetterStore(containerClient(settings.state, CONTAINERS.deadLetters)),
    log: tableLetterLog(tableClient(settings.state, TABLES.letters)),
  };
}

const isFiltered = ({ stage, code, source, store }: LetterFilter): boolean =>
  [stage, code, source, store].some((part) => part !== undefined);

/** Oldest first, so what is replayed keeps its order. */
export async function namesOf(parts: OperateParts, filter: LetterFilter): Promise<string[]> {
  if (!isFiltered(filter)) return [...filter.names];
  const { store } = opened(parts);
  const names = [...filter.names];
  for (const { name, stage } of (await store.newest(Number.MAX_SAFE_INTEGER)).reverse()) {
    if (filter.stage !== undefined && stage !== filter.stage) continue;
    const letter = await store.read(name);
    const fits =
      letter !== undefined &&
      (filter.code === undefined || letter.code === filter.code) &&
      (filter.source === undefined || letter.source === filter.source) &&
      (filter.store === undefined || letter.storeId === filter.store);
    if (fits && !names.includes(name)) names.push(name);
  }
  return names;
}

/** Prints a letter as it lies there, which is scrubbed, and what was done with it. @returns false where there is none. */
export async function showLetter(parts: OperateParts, name: string): Promise<boolean> {
  const { store, log } = opened(parts);
  const letter = await store.read(name);
  if (letter) parts.say(JSON.stringify(letter, undefined, 2));
  const deeds = await log.of(name);
  for (const { at, by, action, reason, diff, original } of deeds) {
    parts.say(`${at}  ${action}  by ${by}: ${reason}`);
    if (diff !== undefined) parts.say(diff.replaceAll(/^/gm, '    '));
    if (original !== undefined) parts.say(`    before: ${original}`);
  }
  return letter !== undefined || deeds.length > 0;
}

const deedOf = ({ clock }: OperateParts, action: LetterDeed['action'], { by, reason }: Doer): LetterDeed => ({
  action,
  by,
  reason,
  at: toInstant(clock()),
});

export async function noteReplay(parts: OperateParts, name: string, doer: Doer): Promise<void> {
  await opened(parts).log.add(name, deedOf(parts, 'replay', doer));
}

/**
 * Puts letters away that need no replay; nothing is deleted. The deed is noted first: a kill in between leaves a letter that
 * can be discarded again.
 */
export async function discardLetters(
  parts: OperateParts,
  filter: LetterFilter,
  doer: Doer,
): Promise<{ discarded: number; left: number }> {
  if (doer.reason.trim() === '') throw new UsageError('discard needs --reason: finance reads it.');
  const { store, log } = opened(parts);
  const result = { discarded: 0, left: 0 };
  for (const name of await namesOf(parts, filter)) {
    const taken = await store.take(name);
    if (!taken) {
      result.left += 1;
      parts.say(`missing   ${name}`);
      continue;
    }
    await log.add(name, deedOf(parts, 'discard', doer));
    await store.discard(name, taken.etag);
    result.discarded += 1;
    parts.say(`discarded ${name}`);
  }
  return result;
}

/** Replaces the payload of a letter by that of a file; the letter as it was is kept, with what changed. */
export async function editLetter(
  parts: OperateParts,
  name: string,
  file: string,
  doer: Doer,
): Promise<DeadLetter | undefined> {
  if (doer.reason.trim() === '') throw new UsageError('edit needs --reason.');
  let payload: string;
  try {
    payload = readFileSync(file, 'utf8').trim();
  } catch (thrown) {
    throw new UsageError(`The payload file cannot be read: ${messageOf(thrown)}`);
  }
  const { store, log } = opened(parts);
  const taken = await store.take(name);
  if (!taken) return undefined;
  const { letter, diff } = editedLetter(taken.letter, payload);
  const original = await store.keepOriginal(name);
  await log.add(name, { ...deedOf(parts, 'edit', doer), diff, original });
  await store.replace(name, taken.etag, letter);
  parts.say(diff);
  return letter;
}
