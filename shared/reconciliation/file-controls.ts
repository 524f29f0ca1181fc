import { placeText, type LedgerEntry } from '../ledger/posting.ts';
import { addSums, toSum, toTotal, type MinorSum } from '../money.ts';
import type { LedgerFileControl, RepeatedPostings } from './control-totals.ts';

interface Sum {
  readonly file: string;
  readonly alsoIn: string;
  /** The same however the stores are divided: see `repeatsOf` in day-report.ts. */
  first: string;
  readonly currency: LedgerEntry['currency'];
  rows: number;
  debit: MinorSum;
  credit: MinorSum;
}

/** What the books have read from each ledger file, and which other file it repeats. */
export class FileControls {
  readonly #sums = new Map<string, Sum>();

  /** @param alsoIn the file that has the posting as well, and by which it counts. */
  add(entry: LedgerEntry, alsoIn = ''): void {
    const { readAt, currency, amountMinor } = entry;
    const file = readAt.part;
    // A currency has three letters, whatever a file's name holds.
    const key = alsoIn === '' ? `${currency}${file}` : JSON.stringify([currency, file, alsoIn]);
    let sum = this.#sums.get(key);
    if (!sum) {
      sum = { file, alsoIn, first: placeText(readAt), currency, rows: 0, debit: 0, credit: 0 };
      this.#sums.set(key, sum);
    }
    sum.rows += 1;
    if (alsoIn !== '' && placeText(readAt) < sum.first) sum.first = placeText(readAt);
    if (amountMinor > 0) sum.debit = addSums(sum.debit, amountMinor);
    else sum.credit = addSums(sum.credit, amountMinor);
  }

  /** Rows that were counted elsewhere. */
  addCounted({ file, currency, rows, debitMinor, creditMinor }: LedgerFileControl): void {
    const key = `${currency}${file}`;
    const sum = this.#sums.get(key) ?? {
      file,
      alsoIn: '',
      first: '',
      currency,
      rows: 0,
      debit: 0,
      credit: 0,
    };
    this.#sums.set(key, sum);
    sum.rows += rows;
    sum.debit = addSums(sum.debit, toSum(BigInt(debitMinor)));
    sum.credit = addSums(sum.credit, toSum(BigInt(creditMinor)));
  }

  all(): LedgerFileControl[] {
    return this.#sorted().map(controlOf);
  }

  repeats(): RepeatedPostings[] {
    return this.#sorted().map((sum) => ({ ...controlOf(sum), alsoIn: sum.alsoIn, first: sum.first }));
  }

  #sorted(): Sum[] {
    return [...this.#sums].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, sum]) => sum);
  }
}

const controlOf = ({ file, currency, rows, debit, credit }: Sum): LedgerFileControl => ({
  file,
  currency,
  rows,
  debitMinor: toTotal(debit),
  creditMinor: toTotal(credit),
});
