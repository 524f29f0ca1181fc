import { PermanentError } from '../../../errors.ts';

/** More transactions than one body may hold. */
export const MAX_TRANSACTIONS = 2_000;

/** A start or end tag of a `Transaction`. The prefix is bounded, so no text is read twice. */
const TAG = /<(\/?)(?:[\w.-]{1,64}:)?Transaction(?=[\s>/])/g;

/**
 * Splits a POSLog into its `Transaction` elements by tags alone, so one of them may be broken. The last one
 * may lack its end. Each piece can be sent to `POST /webhooks/poslog` by itself. The text is read once.
 * @param limit where given, so many pieces at most.
 * @throws PermanentError `too-many-events` beyond `limit`.
 */
export function cutTransactions(text: string, limit = Number.POSITIVE_INFINITY): string[] {
  const pieces: string[] = [];
  let start: number | undefined;
  const close = (end: number): void => {
    if (start !== undefined) pieces.push(text.slice(start, end));
    start = undefined;
  };
  for (const match of text.matchAll(TAG)) {
    if (match[1] === '/') {
      if (start === undefined) continue;
      const end = text.indexOf('>', match.index);
      close(end < 0 ? text.length : end + 1);
      continue;
    }
    close(match.index);
    if (pieces.length >= limit) {
      throw new PermanentError('too-many-events', `A body holds at most ${limit} transactions`);
    }
    start = match.index;
  }
  close(text.length);
  return pieces;
}
