import type { BusinessDate } from '../ids.ts';
import type { LedgerRow } from './ledger-row.ts';
import type { LedgerEntry } from './posting.ts';

interface Seen {
  part: string;
  /** How often the part that is being read has it. */
  inPart: number;
  /** The most that an earlier part has it, and which one. */
  before: number;
  beforeIn: string;
}

interface Repeat {
  readonly part: string;
  readonly alsoIn: string;
  readonly date: BusinessDate;
  readonly firstLine: number;
  count: number;
}

/**
 * Counts a posting once though several files hold it, as exports of overlapping periods do. A posting is the same where
 * the ledger's own references and everything else agree; what one file holds twice counts twice. Parts are given one
 * after the other.
 */
export class UniquePostings {
  readonly #seen = new Map<string, Seen>();
  readonly #repeats = new Map<string, Repeat>();

  /** Whether the posting counts, or is one that an earlier part has already given. */
  counts(part: string, entry: LedgerEntry): boolean {
    const key = keyOf(entry);
    let seen = this.#seen.get(key);
    if (!seen) {
      seen = { part, inPart: 0, before: 0, beforeIn: '' };
      this.#seen.set(key, seen);
    }
    if (seen.part !== part) {
      if (seen.inPart > seen.before) {
        seen.before = seen.inPart;
        seen.beforeIn = seen.part;
      }
      seen.part = part;
      seen.inPart = 0;
    }
    seen.inPart += 1;
    if (seen.inPart > seen.before) return true;
    this.#note(part, seen.beforeIn, entry);
    return false;
  }

  #note(part: string, alsoIn: string, entry: LedgerEntry): void {
    const key = JSON.stringify([part, alsoIn, entry.accountingDate]);
    const repeat = this.#repeats.get(key);
    if (repeat) repeat.count += 1;
    else
      this.#repeats.set(key, { part, alsoIn, date: entry.accountingDate, firstLine: entry.line, count: 1 });
  }

  /** What did not count, in words: one for each date and two files. */
  said(): Extract<LedgerRow, { ok: false }>['error'][] {
    return [...this.#repeats.values()].map(({ part, alsoIn, date, firstLine, count }) => ({
      file: part,
      line: firstLine,
      column: '',
      reason: `${count} posting${count === 1 ? '' : 's'} from this row on ${count === 1 ? 'is' : 'are'} also in ${alsoIn} and count${count === 1 ? 's' : ''} once`,
      accountingDate: date,
      counts: true,
    }));
  }
}

function keyOf(entry: LedgerEntry): string {
  const { journalNumber, voucher, accountingDate, account, storeDimension } = entry;
  const { currency, amountMinor, documentNumber } = entry;
  return JSON.stringify([
    journalNumber,
    voucher,
    accountingDate,
    account,
    storeDimension,
    currency,
    amountMinor,
    documentNumber,
  ]);
}
