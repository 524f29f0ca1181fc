import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { boundedText, textOf, textProperties } from '../row-text.ts';
import { tableRows } from './table-rows.ts';

/**
 * The table `letters`: who did what with a dead letter, when and why. Rows are only ever added. A partition is a letter, by
 * the digest of its name, as a name may hold what a key must not.
 */
export interface LetterLog {
  /** Adding the same deed again changes nothing. @throws TransientError */
  add(letter: string, deed: LetterDeed): Promise<void>;
  /** Oldest first. @throws TransientError */
  of(letter: string): Promise<LetterDeed[]>;
}

export interface LetterDeed {
  readonly action: 'replay' | 'edit' | 'discard';
  readonly by: string;
  readonly at: string;
  readonly reason: string;
  /** What an edit changed: one line for each place, free of what was removed as personal. */
  readonly diff?: string;
  /** Where the letter lies as it was before: a blob of the same container. */
  readonly original?: string;
}

const MAX_REASON = 2_000;
/** A row holds 1 MiB. */
const MAX_DIFF = 200_000;

export function tableLetterLog(table: TableClient): LetterLog {
  const rows = tableRows(table);
  return {
    add: (letter, { action, by, at, reason, diff = '', original = '' }) =>
      rows.put({
        partitionKey: digestOf(letter),
        rowKey: `${at} ${action}`,
        letter,
        action,
        by,
        at,
        reason: boundedText(reason, MAX_REASON),
        original,
        ...textProperties(boundedText(diff, MAX_DIFF)),
      }),
    of: async (letter) =>
      (await rows.inPartition(digestOf(letter))).map((row) => {
        const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '');
        const [diff, original] = [textOf(row), text('original')];
        return {
          action: text('action') as LetterDeed['action'],
          by: text('by'),
          at: text('at'),
          reason: text('reason'),
          ...(diff === '' ? {} : { diff }),
          ...(original === '' ? {} : { original }),
        };
      }),
  };
}

const digestOf = (letter: string): string => createHash('sha256').update(letter).digest('hex').slice(0, 32);
