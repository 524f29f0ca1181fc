import { readFileSync } from 'node:fs';
import { discardLetter, editLetter as editPayload } from '../../functions/reconcile/letters/deeds.ts';
import { findLetters, type LetterFilter } from '../../functions/reconcile/letters/find-letters.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetterStore, type DeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import { tableLetterLog, type LetterLog } from '../../shared/azure/letter-log.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import { messageOf } from '../../shared/errors.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { toInstant } from '../../shared/time.ts';
import { UsageError } from '../kit/usage-error.ts';
import type { OperateParts } from './commands.ts';

/** Who does it, and why: it is kept with the letter. */
export interface Doer {
  readonly by: string;
  readonly reason: string;
}

/** Which letters are meant, by name or by all that is given. */
export interface NamesOrFilter extends LetterFilter {
  readonly names: readonly string[];
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
export async function namesOf(parts: OperateParts, filter: NamesOrFilter): Promise<string[]> {
  if (!isFiltered(filter)) return [...filter.names];
  const { found } = await findLetters(opened(parts).store, filter, Number.MAX_SAFE_INTEGER);
  return [...new Set([...filter.names, ...found.reverse().map(({ name }) => name)])];
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

/** What the library of the deeds takes; it replays nothing here. */
function deedsOf(parts: OperateParts, { by, reason }: Doer) {
  const replay = (): Promise<boolean> => Promise.reject(new Error('Replaying needs the whole app'));
  return { deeds: { ...opened(parts), replay }, doer: { by, reason, at: toInstant(parts.clock()) } };
}

/** Puts letters away that need no replay; nothing is deleted. */
export async function discardLetters(
  parts: OperateParts,
  filter: NamesOrFilter,
  doer: Doer,
): Promise<{ discarded: number; left: number }> {
  if (doer.reason.trim() === '') throw new UsageError('discard needs --reason: finance reads it.');
  const result = { discarded: 0, left: 0 };
  for (const name of await namesOf(parts, filter)) {
    const { deeds, doer: dated } = deedsOf(parts, doer);
    const isDiscarded = await discardLetter(deeds, name, dated);
    if (isDiscarded) result.discarded += 1;
    else result.left += 1;
    parts.say(`${isDiscarded ? 'discarded' : 'missing  '} ${name}`);
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
  const { deeds, doer: dated } = deedsOf(parts, doer);
  const edited = await editPayload(deeds, name, payload, dated);
  if (edited) parts.say(edited.diff);
  return edited?.letter;
}
